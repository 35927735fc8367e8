"""Files of the Brazilian tax authority and of its users, small, each showing only what a test is about."""

from __future__ import annotations

NS = "http://www.portalfiscal.inf.br/nfe"


def an_access_key(number: int = 29248, *, model: str = "55", series: int = 3, issuer: str = "11222333000181") -> str:
    """Return the access key of a document, its check digit computed as the manual says."""
    body = f"422605{issuer}{model}{series:03d}{number:09d}1{number:08d}"
    total = sum((ord(sign) - 48) * (2 + place % 8) for place, sign in enumerate(reversed(body)))
    digit = 11 - total % 11
    return body + str(digit if digit < 10 else 0)


KEY = an_access_key()


def an_item(number: int = 1, total: str = "100.00", counts: str = "1") -> str:
    """Return an item of 100.00."""
    return (
        f'<det nItem="{number}"><prod><cProd>S-{number}</cProd><xProd>Forno &amp; cia</xProd><NCM>85141900</NCM>'
        f"<CFOP>5101</CFOP><uCom>UN</uCom><qCom>2.0000</qCom><vUnCom>50.0000000000</vUnCom><vProd>{total}</vProd>"
        f"<indTot>{counts}</indTot></prod><imposto><vTotTrib>0.00</vTotTrib></imposto></det>"
    )


def an_nfe(
    key: str = KEY, *, items: str | None = None, total: str = "100.00", environment: str = "1", **others: str
) -> str:
    """Return an NF-e of 110.00 with two installments, without a protocol."""
    return (
        f'<NFe xmlns="{NS}"><infNFe versao="{others.get("layout", "4.00")}" Id="NFe{key}"><ide><cUF>42</cUF>'
        f"<natOp>Venda</natOp><mod>{others.get('model', '55')}</mod><serie>{others.get('series', '3')}</serie>"
        f"<nNF>{others.get('number', '29248')}</nNF><dhEmi>2026-05-27T08:52:04-03:00</dhEmi><tpNF>1</tpNF>"
        f"<tpAmb>{environment}</tpAmb><finNFe>1</finNFe></ide>"
        "<emit><CNPJ>11222333000181</CNPJ><xNome>Meridian Brasil Ltda</xNome></emit>"
        "<dest><CNPJ>12ABC34501DE35</CNPJ><xNome>Jung</xNome><enderDest><UF>SC</UF></enderDest></dest>"
        f"{items or an_item()}<total><ICMSTot><vProd>{total}</vProd><vFrete>10.00</vFrete><vNF>110.00</vNF></ICMSTot>"
        f"{others.get('more_totals', '')}</total><cobr><fat><nFat>RE-77</nFat></fat>"
        "<dup><nDup>001</nDup><dVenc>2026-06-27</dVenc><vDup>55.00</vDup></dup>"
        "<dup><nDup>002</nDup><dVenc>2026-07-27</dVenc><vDup>55.00</vDup></dup></cobr></infNFe></NFe>"
    )


def a_protocol(status: str = "100", reason: str = "Autorizado o uso da NF-e", key: str = KEY) -> str:
    """Return the answer to one document."""
    return (
        f'<protNFe versao="4.00"><infProt><tpAmb>1</tpAmb><chNFe>{key}</chNFe>'
        f"<dhRecbto>2026-05-27T13:53:15-03:00</dhRecbto><nProt>342260106391922</nProt><cStat>{status}</cStat>"
        f"<xMotivo>{reason}</xMotivo></infProt></protNFe>"
    )


def an_authorised_document(nfe: str | None = None, protocol: str | None = None) -> bytes:
    """Return a document with its authorisation, as it is kept."""
    inner = (nfe or an_nfe()) + (a_protocol() if protocol is None else protocol)
    return f'<?xml version="1.0" encoding="UTF-8"?><nfeProc xmlns="{NS}" versao="4.00">{inner}</nfeProc>'.encode()


def an_answer_to_a_lot(*protocols: str, root: str = "retConsReciNFe", status: str = "104") -> bytes:
    """Return the authority's answer to a lot of documents."""
    return (
        f'<{root} xmlns="{NS}" versao="4.00"><tpAmb>1</tpAmb><nRec>421000023700471</nRec><cStat>{status}</cStat>'
        f"<xMotivo>Lote</xMotivo><dhRecbto>2026-05-27T13:53:16-03:00</dhRecbto>{''.join(protocols)}</{root}>"
    ).encode()


def an_event(kind: str = "110111", status: str = "135", key: str = KEY) -> bytes:
    """Return an event on a document with its registration."""
    return (
        f'<procEventoNFe xmlns="{NS}" versao="1.00"><evento versao="1.00"><infEvento Id="ID{kind}{key}01">'
        f'<chNFe>{key}</chNFe><tpEvento>{kind}</tpEvento><detEvento versao="1.00"><xJust>Erro no pedido</xJust>'
        f'</detEvento></infEvento></evento><retEvento versao="1.00"><infEvento><tpAmb>1</tpAmb>'
        f"<cStat>{status}</cStat><xMotivo>Evento registrado</xMotivo><chNFe>{key}</chNFe><tpEvento>{kind}</tpEvento>"
        "<nSeqEvento>1</nSeqEvento><dhRegEvento>2026-05-28T09:00:05-03:00</dhRegEvento><nProt>342260106400000</nProt>"
        "</infEvento></retEvento></procEventoNFe>"
    ).encode()


def in_an_envelope(payload: bytes) -> bytes:
    """Return an answer as the web service wraps it."""
    body = payload.decode().partition("?>")[2] if payload.startswith(b"<?xml") else payload.decode()
    return (
        '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>'
        '<nfeResultMsg xmlns="http://www.portalfiscal.inf.br/nfe/wsdl/NFeRetAutorizacao4">'
        f"{body}</nfeResultMsg></soap:Body></soap:Envelope>"
    ).encode()
