"""`openitem documents`: validate e-invoices of anybody, and make the documents of what was issued here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from assets.ledger.errors import BadInputError

documents_app = typer.Typer(help="E-invoices: validate files, render what was issued.", no_args_is_help=True)

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of the company; default data/build or OPENITEM_HOME.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


@documents_app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(help="UBL or CII documents, or PDFs with one inside.")],
    peppol: Annotated[bool, typer.Option("--peppol", help="Ask Peppol's own rules too (development extra).")] = False,
    as_json: JsonOption = False,
) -> None:
    """Hold each file to its schema and the official EN 16931 rules; exit 1 when one is refused."""
    facts = [_validated(path, peppol) for path in files]
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        for fact in facts:
            _tell(fact)
    if not all(fact["is_valid"] for fact in facts):
        sys.exit(1)


def _validated(path: Path, peppol: bool) -> dict[str, Any]:
    from assets.invoicing.documents.reading import read_invoice
    from assets.invoicing.documents.validation import is_valid
    from assets.invoicing.documents.validation import validate as ask

    if not path.is_file():
        raise BadInputError("Cannot validate a document", [f"`{path}` is not a file"], remedy="Check the name.")
    content = _xml_of(path)
    findings = ask(content, with_peppol=peppol)
    facts: dict[str, Any] = {"file": str(path), "is_valid": is_valid(findings)}
    try:
        read = read_invoice(content)
        facts |= {"number": read.invoice.number, "syntax": read.syntax, "beyond_en_16931": list(read.unread)}
    except BadInputError as error:
        facts |= {"number": None, "unreadable": str(error)}
    facts["findings"] = [
        {name: getattr(finding, name) for name in ("rule_id", "severity", "layer", "text", "location")}
        for finding in findings
    ]
    return facts


def _xml_of(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(b"%PDF-"):
        return content
    from facturx import get_xml_from_pdf

    _, inside = get_xml_from_pdf(content, check_xsd=False)
    if not inside:
        fault = f"`{path}` is a PDF without an invoice inside"
        raise BadInputError("Cannot validate a document", [fault], remedy="Give the XML, or a Factur-X PDF.")
    return bytes(inside)


def _tell(fact: dict[str, Any]) -> None:
    screen = Console(soft_wrap=True, highlight=False, markup=False)
    verdict = "valid" if fact["is_valid"] else "refused"
    screen.print(f"{verdict}  {fact['file']}  {fact['number'] or ''}".rstrip())
    for finding in fact["findings"]:
        screen.print(f"  {finding['severity']:<11} {finding['rule_id']}: {finding['text']}")
        screen.print(f"              at {finding['location']}")
    if fact.get("unreadable"):
        screen.print(f"  {fact['unreadable']}")
    for path in fact.get("beyond_en_16931", ()):
        screen.print(f"  beyond EN 16931, not read: {path}")


@documents_app.command()
def render(
    names: Annotated[list[str] | None, typer.Argument(help="Document numbers or billing keys; none = all.")] = None,
    output: Annotated[Path, typer.Option("--output", help="Folder for the files.")] = Path("documents"),
    workers: Annotated[int, typer.Option(help="Processes that share the work.")] = 1,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make PDF, UBL and CII of issued invoices again, byte for byte, and say what the rules find."""
    from assets.invoicing.documents.validation import is_valid
    from orchestration.cli import _settings
    from orchestration.documents import issued_payloads, master_data, write_documents

    found_home = _settings(home, must_exist=True).home
    payloads = issued_payloads(found_home, names or ())
    if not payloads:
        faults = [f"no issued document is named {', '.join(f'`{name}`' for name in names or ())}".rstrip()]
        remedy = "Only what was issued here has documents; see the numbers on the page Invoices."
        raise BadInputError("Cannot render", faults, remedy=remedy)
    findings = write_documents(payloads, master_data(found_home), output, workers=workers)
    refused = {number: found for number, found in findings.items() if not is_valid(found)}
    facts = {
        "documents": len(findings),
        "refused": {number: sorted({one.rule_id for one in found}) for number, found in refused.items()},
        "folder": str(output),
    }
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        screen = Console(soft_wrap=True, highlight=False, markup=False)
        screen.print(f"Wrote {len(findings)} documents to {output}; the rules refuse {len(refused)}.")
        for number, found in refused.items():
            for one in found:
                screen.print(f"  {number}  {one.severity} {one.rule_id}: {one.text}")
    if refused:
        sys.exit(1)


@documents_app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Billing keys; none = every draft.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold drafts that wait for approval to the rules, before they take a number; exit 1 when one is refused."""
    from assets.invoicing.documents.validation import is_valid
    from orchestration.cli import _settings
    from orchestration.clock import open_day
    from orchestration.documents import refused_drafts

    settings = _settings(home, must_exist=True)
    day = open_day(settings)
    findings = refused_drafts(settings.home, invoice_date=day, wanted=names or ())
    refused = {key: found for key, found in findings.items() if not is_valid(found)}
    facts = {
        "drafts": len(findings),
        "as_of": day.isoformat(),
        "refused": {key: sorted({one.rule_id for one in found}) for key, found in refused.items()},
    }
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        screen = Console(soft_wrap=True, highlight=False, markup=False)
        screen.print(f"Checked {len(findings)} drafts as if issued on {day}; the rules refuse {len(refused)}.")
        for key, found in refused.items():
            for rule_id, text in {one.rule_id: one.text for one in found if one.severity == "fatal"}.items():
                screen.print(f"  {key}  {rule_id}: {text}")
    if refused:
        sys.exit(1)
