"""Makes the virtual environment in which peers with packages of their own run; ours stays as it is.

python -m tests.benchmarks.cash_application.peers.environment FOLDER
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = ("bankstatementparser==0.0.29", "splink==5.0.0", "pyarrow", "numpy")


def python_with_peers(folder: Path) -> Path:
    """Return the interpreter of a virtual environment that has the peers, made if it is not there."""
    python = folder / "bin" / "python"
    stamp = folder / ".peers"
    if not stamp.exists() or stamp.read_text() != "\n".join(PACKAGES):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True
        )
        stamp.write_text("\n".join(PACKAGES))
    return python


if __name__ == "__main__":
    print(python_with_peers(Path(sys.argv[1]).resolve()))
