"""Words of six languages: company names as ledgers and banks write them, and what payers say a payment is for."""

from __future__ import annotations

import random
import unicodedata
from datetime import date

CITIES: dict[str, tuple[str, ...]] = {
    "US": (
        "Dallas",
        "Toledo",
        "Fresno",
        "Boise",
        "Tampa",
        "Akron",
        "Mobile",
        "Reno",
        "Omaha",
        "Salem",
        "Denver",
        "Macon",
        "#114",
        "#227",
        "#031",
        "Store 88",
    ),
    "DE": (
        "Köln",
        "Münster",
        "Nürnberg",
        "Lübeck",
        "Erfurt",
        "Göttingen",
        "Mainz",
        "Kassel",
        "Ulm",
        "Bremen",
        "Nord",
        "Süd",
        "West",
        "Fürth",
    ),
    "AT": (
        "Wien",
        "Graz",
        "Linz",
        "Salzburg",
        "Wels",
        "Villach",
        "Steyr",
        "Dornbirn",
        "Leoben",
        "Krems",
        "Baden",
        "Enns",
        "Tulln",
        "Traun",
    ),
    "FR": (
        "Lyon",
        "Nîmes",
        "Orléans",
        "Reims",
        "Brest",
        "Pau",
        "Metz",
        "Angers",
        "Dijon",
        "Béziers",
        "Sud",
        "Ouest",
        "Nord",
        "Est",
    ),
    "NL": (
        "Utrecht",
        "Breda",
        "Zwolle",
        "Delft",
        "Almere",
        "Venlo",
        "Assen",
        "Tilburg",
        "Noord",
        "Zuid",
        "Oost",
        "Ede",
        "Hoorn",
        "Goes",
    ),
    "BE": (
        "Gent",
        "Liège",
        "Namur",
        "Brugge",
        "Leuven",
        "Mons",
        "Hasselt",
        "Aalst",
        "Genk",
        "Ath",
        "Noord",
        "Sud",
        "Ieper",
        "Wavre",
    ),
    "ES": (
        "Cádiz",
        "Málaga",
        "León",
        "Bilbao",
        "Gijón",
        "Murcia",
        "Vigo",
        "Lugo",
        "Norte",
        "Sur",
        "Jaén",
        "Reus",
        "Elche",
        "Ávila",
    ),
    "IT": (
        "Milano",
        "Torino",
        "Parma",
        "Bari",
        "Forlì",
        "Lecce",
        "Pisa",
        "Udine",
        "Nord",
        "Sud",
        "Siena",
        "Como",
        "Lodi",
        "Prato",
    ),
    "BR": (
        "São Paulo",
        "Curitiba",
        "Goiânia",
        "Recife",
        "Natal",
        "Belém",
        "Maceió",
        "Joinville",
        "Filial 02",
        "Filial 03",
        "Filial 07",
        "Matriz",
        "Santos",
        "Niterói",
    ),
}
_FIRST = {
    "US": (
        "Alder,Beacon,Cedar,Delta,Eagle,Falcon,Granite,Harbor,Iron,Juniper,Keystone,Liberty,Maple,"
        "Northern,Oak,Pioneer,"
        "Quartz,Ridge,Summit,Timber,Union,Valley,Western,Yellowstone,Zenith,Anchor,Bluebonnet,Copper,Dakota,Evergreen,"
        "Frontier,Golden,Highland,Independence,Jackson,Kendall,Lakeside,Monroe,Newport,Orchard,Prairie,Redwood"
    ),
    "DE": (
        "Nordfeld,Bergmann,Schäfer,Müller,Köhler,Weißbach,Lindenau,Steinhof,Grünwald,Hübner,Krüger,"
        "Löwen,Brandt,Ostsee,"
        "Rheintal,Sauer,Tannen,Ulrich,Vogel,Wagner,Zimmer,Adler,Birken,Donau,Eichen,Falken,Gärtner,Harz,Isar,Jäger,"
        "Kaiser,Langen,Mosel,Neckar,Ober,Pfalz,Quell,Roth,Spree,Taunus,Weser,Hanse"
    ),
    "FR": "Beaumont,Charpentier,Delacroix,Étoile,Fontaine,Girard,Hénin,Lefèvre,Moreau,Normande,Provence,Rivière,Sélect,"
    "Thévenin,Vallée,Aubert,Bretagne,Cévennes,Dupré,Émeraude,Forêt,Garonne,Loire,Marchand,Océane,Pyrénées,Rhône",
    "NL": "Van Dijk,De Vries,Jansen,Bakker,Visser,Zonne,Polder,Haven,Maas,Delta,Duin,Eik,Groene,Hollandse,IJssel,Kust,"
    "Linden,Molen,Noord,Oranje,Parel,Rijn,Schelde,Tulp,Veld,Waal,Zuider",
    "ES": (
        "Castellana,Ebro,Guadiana,Sierra,Levante,Ibérica,Peñalver,Núñez,Olivar,Pirineo,Ribera,"
        "Torre,Vega,Águila,Batalla,"
        "Cantábrica,Duero,Estrella,Fuente,Gran Vía,Horizonte,Jarama,Lozano,Meseta,Nogal,Puerto"
    ),
    "IT": (
        "Adriatica,Bianchi,Colombo,De Luca,Etruria,Ferrari,Galli,Ligure,Marconi,Nova,Officine,"
        "Padana,Quadrifoglio,Rossi,"
        "Santoro,Toscana,Umbra,Veneta,Alpina,Brenta,Cascina,Dolomiti,Eridano,Fabbri,Garda,Lombarda"
    ),
    "BR": (
        "Aliança,Bandeirante,Cerrado,Dourada,Esperança,Fênix,Guarani,Horizonte,Ipê,Jangada,Leste,"
        "Mineira,Nordeste,Ouro,"
        "Paulista,Quilombo,Ribeirão,São Jorge,Tropical,União,Vitória,Xingu,Amazônia,Boa Vista,Cruzeiro,Estrela,Paraná"
    ),
}
_FIRST["AT"], _FIRST["BE"] = _FIRST["DE"], _FIRST["FR"] + "," + _FIRST["NL"]
_SECOND = {
    "us": (
        "Supply,Foods,Logistics,Industrial,Medical,Equipment,Electric,Plastics,Packaging,Hardware,"
        "Chemical,Steel,Paper,"
        "Automotive,Systems,Dental,Produce,Tools,Textiles,Energy,Distribution,Building Products,Fasteners,Controls"
    ),
    "sepa": (
        "Logistik,Technik,Handel,Bau,Metall,Elektro,Medical,Papier,Pharma,Textil,Maschinen,"
        "Transport,Food,Chemie,Energie,"
        "Industrie,Services,Systems,Plast,Agro,Optik,Druck,Holz,Automation,Hydraulik,Office"
    ),
    "brazil": "Alimentos,Transportes,Comércio,Indústria,Metalúrgica,Química,Farma,Têxtil,Papelaria,Materiais,Autopeças,"
    "Agro,Embalagens,Distribuidora,Eletro,Engenharia,Logística,Móveis,Plásticos,Serviços",
}
_LEGAL = {"US": ("Inc.", "LLC", "Corp.", "Co.", "Inc", "L.P."), "DE": ("GmbH", "AG", "GmbH & Co. KG", "KG", "e.K."),
          "AT": ("GmbH", "GesmbH", "KG"), "FR": ("SARL", "SAS", "SA", "EURL"), "NL": ("B.V.", "BV", "N.V."),
          "BE": ("NV", "SRL", "BV", "SA"), "ES": ("S.L.", "SA", "S.L.U."), "IT": ("S.p.A.", "S.r.l.", "Srl"),
          "BR": ("Ltda", "S.A.", "ME", "EIRELI", "Ltda.")}  # fmt: skip
_SHORT = {
    "Logistics": "Log",
    "Logistik": "Log.",
    "Industrial": "Ind",
    "Distribution": "Dist",
    "Distribuidora": "Distrib",
    "Equipment": "Equip",
    "Comércio": "Com",
    "Indústria": "Ind",
    "Transportes": "Transp",
    "Maschinen": "Masch.",
    "Northern": "Nthn",
    "Services": "Svcs",
    "Systems": "Sys",
    "Transport": "Transp.",
    "Supply": "Sply",
}


def base_name(chance: random.Random, locale: str, country: str) -> str:
    """Return a company's name without legal form; with thousands of customers some share it by chance."""
    name = f"{chance.choice(_FIRST[country].split(','))} {chance.choice(_SECOND[locale].split(','))}"
    if chance.random() < 0.35:
        name = f"{chance.choice(_FIRST[country].split(','))} {name}"
    if chance.random() < 0.08:
        name = f"{name} {chance.choice(('International', 'Group', 'Holding', 'Partner', 'Europe', 'Trading'))}"
    return name


def ledger_name(chance: random.Random, base: str, locale: str, country: str, city: str | None) -> str:
    """Return the name the ledger keeps: base, place of the branch, legal form."""
    legal = chance.choice(_LEGAL[country])
    if city and chance.random() < 0.85:
        return f"{base} {legal} {city}" if chance.random() < 0.3 else f"{base} {city} {legal}"
    return f"{base} {legal}" if chance.random() < 0.95 else base


def plain(text: str) -> str:
    """Return a text in the signs every bank carries: umlauts written out or stripped."""
    for sign, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "AE"), ("Ö", "OE"), ("Ü", "UE"), ("ß", "ss")):
        text = text.replace(sign, written)
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def payer_names(
    chance: random.Random, name: str, base: str, locale: str, city: str | None, *, differs: bool
) -> list[str]:
    """Return the names under which this customer's money comes; the first is the usual one."""
    if not differs:
        return [name if locale == "sepa" and chance.random() < 0.5 else plain(name).upper()]
    variants = []
    for _ in range(chance.choice((2, 2, 3, 4))):
        kind = chance.random()
        if kind < 0.22:
            variant = plain(name).upper()[:35]
        elif kind < 0.42:
            variant = base if chance.random() < 0.5 else plain(base).upper()
        elif kind < 0.54:
            variant = plain(name).upper()[: chance.choice((22, 24, 27))].rstrip()
        elif kind < 0.66:
            words = [_SHORT.get(word, word) for word in name.split()]
            variant = plain(" ".join(words)).upper()
        elif kind < 0.74:
            letters = list(plain(base))
            place = chance.randrange(1, len(letters) - 1)
            letters[place : place + 2] = letters[place : place + 2][::-1]
            variant = "".join(letters)
        elif kind < 0.82:
            variant = f"{plain(base)} {chance.choice(('Accounts Payable', 'Treasury', 'Shared Services', 'AP Dept'))}"
        elif kind < 0.90:
            variant = f"{plain(name)} {city or chance.choice(CITIES['DE'] + CITIES['US'])}"
        elif kind < 0.95:
            initials = "".join(word[0] for word in plain(base).split())
            variant = f"{initials} {plain(base).split()[-1]}"
        else:
            other = chance.choice(_FIRST["US" if locale == "us" else "BR" if locale == "brazil" else "DE"].split(","))
            variant = f"{plain(other)} {chance.choice(('Verwaltung', 'Beteiligung', 'Holdings', 'Participações'))}"
        variants.append(variant)
    return list(dict.fromkeys(variants))


# {r} is where the references stand, {d} a date, {a} the amount, {c} a customer or contract number, {n} the payer.
WITH_REFERENCE: dict[str, tuple[str, ...]] = {
    "en": (
        "{r}",
        "Inv {r}",
        "INVOICE {r}",
        "payment of {r}",
        "Pmt for inv# {r} dated {d}",
        "{r} THANK YOU",
        "REF {r}",
        "ACH CCD {n} INV {r}",
        "our ref {c} your ref {r}",
        "Vendor {c} - {r}",
        "BILL {r} AMT {a}",
        "/INV/{r}",
        "WIRE IN {n} OBI: {r}",
        "RMR*IV*{r}*PI*{a}\\",
        "Lockbox ck {c} {r}",
    ),
    "de": (
        "{r}",
        "Rechnung {r}",
        "RG.NR. {r}",
        "Rg {r} vom {d}",
        "Re.-Nr.: {r} Kd-Nr. {c}",
        "{r}, {d}",
        "Zahlung {r}",
        "SVWZ+{r}",
        "EREF+NOTPROVIDED SVWZ+RE {r} KD {c}",
        "Beleg {r} ueber EUR {a}",
        "unsere Nr. {c} / {r}",
    ),
    "fr": (
        "{r}",
        "Facture {r}",
        "FACT {r} DU {d}",
        "Règlement facture n° {r}",
        "VIR {n} {r}",
        "votre ref {r} client {c}",
        "REGLT FAC {r}",
        "paiement {r} montant {a}",
    ),
    "nl": (
        "{r}",
        "Factuur {r}",
        "Factuurnr {r} d.d. {d}",
        "betaling {r} debiteur {c}",
        "fact. {r}",
        "{r} {n}",
        "Uw factuur {r} bedrag {a}",
    ),
    "es": ("{r}", "Factura {r}", "FRA {r} DE {d}", "Pago factura {r}", "S/FRA {r} CLIENTE {c}", "TRANSF {n} {r}"),
    "it": (
        "{r}",
        "Fattura {r}",
        "SALDO FATT. {r} DEL {d}",
        "Pagamento ft. {r}",
        "BON. {n} FATT {r}",
        "ns rif {c} fatt {r}",
    ),
    "pt": (
        "{r}",
        "NF {r}",
        "PAGTO NF {r}",
        "PIX RECEBIDO {n} {r}",
        "TED {n} REF NF {r}",
        "Nota fiscal {r} de {d}",
        "Pgto fatura {r} R$ {a}",
        "COBRANCA {r}",
        "LIQ BOLETO {r} {d}",
        "DUPLICATA {r} CLIENTE {c}",
    ),
}
WITHOUT_REFERENCE: dict[str, tuple[str, ...]] = {
    "en": (
        "",
        "payment",
        "ACH CREDIT {n}",
        "thank you",
        "vendor payment {d}",
        "PAYMENT PER STATEMENT",
        "{c}",
        "invoice",
    ),
    "de": (
        "",
        "Zahlung",
        "laut Rechnung",
        "Kundennr. {c}",
        "Ueberweisung {d}",
        "Danke",
        "SVWZ+Rechnung",
        "lt. Absprache",
    ),
    "fr": ("", "Virement", "Règlement", "VIR SEPA {n}", "votre facture", "client {c}", "paiement du {d}"),
    "nl": ("", "betaling", "overboeking {d}", "debiteur {c}", "uw factuur", "conform afspraak"),
    "es": ("", "Pago", "TRANSFERENCIA {n}", "su factura", "cliente {c}", "pago {d}"),
    "it": ("", "Bonifico", "saldo fattura", "BON. {n}", "cliente {c}", "pagamento {d}"),
    "pt": ("", "PIX RECEBIDO {n}", "TED {n}", "pagamento", "PAGTO FORNECEDOR", "cliente {c}", "ref {d}"),
}
STRUCTURE_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "all_overdue": {"en": ("all past due", "past due items"), "de": ("alle faelligen Posten", "faellige Rechnungen"),
                    "fr": ("factures échues",), "nl": ("alle vervallen facturen",), "es": ("facturas vencidas",),
                    "it": ("fatture scadute",), "pt": ("faturas vencidas",)},
    "whole_balance": {"en": ("statement balance", "all open invoices"), "de": ("Kontoausgleich", "Saldo laut Auszug"),
                      "fr": ("solde du compte",), "nl": ("saldo openstaand",), "es": ("saldo total",),
                      "it": ("saldo estratto conto",), "pt": ("saldo em aberto",)},
    "one_month": {"en": ("{m} invoices", "statement {m}"), "de": ("Rechnungen {m}", "Sammelzahlung {m}"),
                  "fr": ("factures {m}",), "nl": ("facturen {m}",), "es": ("facturas {m}",), "it": ("fatture {m}",),
                  "pt": ("faturas {m}", "NFs {m}")},
}  # fmt: skip
HINTS: dict[str, dict[str, tuple[str, ...]]] = {
    "cash_discount": {
        "en": ("less 2% disc", "net of discount", ""),
        "de": ("abzgl. Skonto", "-2% Skonto", ""),
        "fr": ("escompte déduit", ""),
        "nl": ("minus korting", ""),
        "es": ("dto pronto pago", ""),
        "it": ("sconto", ""),
        "pt": ("c/ desconto", ""),
    },
    "bank_fee": {
        "en": ("less bank fee", "SHA", ""),
        "de": ("abzgl. Gebuehren", "SHA", ""),
        "fr": ("frais SHA", ""),
        "nl": ("kosten SHA", ""),
        "es": ("gastos SHA", ""),
        "it": ("spese SHA", ""),
        "pt": ("tarifa", ""),
    },
    "withholding": {
        "en": ("WHT withheld", "tax withheld", ""),
        "de": ("abzgl. Quellensteuer", "Steuerabzug 50a", ""),
        "fr": ("retenue à la source", ""),
        "nl": ("bronbelasting", ""),
        "es": ("retención IRPF", ""),
        "it": ("ritenuta d'acconto", ""),
        "pt": ("IRRF retido", "ISS retido", "ret. PCC", ""),
    },
    "short": {
        "en": ("short ship", "damaged goods", "price diff", "DEDUCTION {c}", ""),
        "de": ("Minderung Reklamation", "Kuerzung", "Preisdifferenz", ""),
        "fr": ("litige", "avoir en attente", ""),
        "nl": ("korting schade", ""),
        "es": ("diferencia precio", ""),
        "it": ("differenza prezzo", ""),
        "pt": ("glosa", "devolução parcial", ""),
    },
    "instalment": {
        "en": ("partial payment", "1st instalment", "50% deposit"),
        "de": ("Teilzahlung", "Rate 1", "Abschlag"),
        "fr": ("acompte", "1er versement"),
        "nl": ("deelbetaling",),
        "es": ("pago parcial",),
        "it": ("acconto",),
        "pt": ("parcela 1", "pagto parcial"),
    },
    "rest": {
        "en": ("balance", "final instalment"),
        "de": ("Restzahlung", "Rate 2"),
        "fr": ("solde",),
        "nl": ("restbetaling",),
        "es": ("resto",),
        "it": ("saldo",),
        "pt": ("parcela 2", "saldo"),
    },
    "fx": {
        "en": ("FX {a}", "conv rate", ""),
        "de": ("Kurs", "Devisen", ""),
        "fr": ("change", ""),
        "nl": ("koers", ""),
        "es": ("cambio", ""),
        "it": ("cambio", ""),
        "pt": ("câmbio", ""),
    },
    "memo": {
        "en": ("less CM", "less credit", "CM"),
        "de": ("abzgl. GS", "minus Gutschrift", "GU"),
        "fr": ("moins avoir",),
        "nl": ("min creditnota",),
        "es": ("menos abono",),
        "it": ("meno NC",),
        "pt": ("menos NC", "abat."),
    },
    "prepayment": {
        "en": ("prepayment order {r}", "deposit PO {r}", "proforma {r}"),
        "de": ("Vorkasse Auftrag {r}", "Anzahlung Bestellung {r}"),
        "fr": ("acompte commande {r}",),
        "nl": ("vooruitbetaling order {r}",),
        "es": ("anticipo pedido {r}",),
        "it": ("anticipo ordine {r}",),
        "pt": ("adiantamento pedido {r}",),
    },
    "again": {
        "en": ("2nd", ""),
        "de": ("Dauerauftrag", ""),
        "fr": ("",),
        "nl": ("",),
        "es": ("",),
        "it": ("",),
        "pt": ("",),
    },
}
UNIDENTIFIED: dict[str, tuple[str, ...]] = {
    "us": ("INTEREST", "TAX REFUND {c}", "DEPOSIT BRANCH {c}", "REBATE Q{q}", "INSURANCE CLAIM {c}", "MOBILE DEPOSIT"),
    "sepa": (
        "Erstattung {c}",
        "Versicherungsleistung {c}",
        "Umsatzsteuer Q{q}",
        "Umbuchung",
        "Remboursement {c}",
        "Terug {c}",
    ),
    "brazil": ("ESTORNO {c}", "RENDIMENTO APLIC", "DEVOLUCAO {c}", "DEPOSITO NAO IDENTIFICADO", "PIX RECEBIDO {c}"),
}
UNKNOWN_PAYERS = (
    "City Treasury",
    "Finanzamt Mitte",
    "Allgemeine Versicherung",
    "J. Moreno",
    "Marta Costa",
    "Net Store 24",
    "Receita Estadual",
    "Caisse Régionale",
    "Helios Insurance",
    "T. Becker",
    "P. Nowak",
    "Gemeente Kas",
)
_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Januar Februar Maerz April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
}


def month_name(language: str, month: int) -> str:
    """Return a month's name."""
    return _MONTHS[language].split()[month - 1]


def date_text(chance: random.Random, language: str, day: date) -> str:
    """Return a date as people of that language write it."""
    if language == "en":
        return f"{day:%m/%d/%Y}" if chance.random() < 0.6 else f"{day:%m-%d-%y}"
    if language == "de":
        return f"{day:%d.%m.%Y}" if chance.random() < 0.6 else f"{day:%d.%m.%y}"
    return f"{day:%d/%m/%Y}" if chance.random() < 0.7 else f"{day:%d%m%y}"


def amount_text(language: str, minor: int) -> str:
    """Return an amount as people of that language write it."""
    whole = f"{minor // 100:,}" if language == "en" else f"{minor // 100:,}".replace(",", ".")
    return f"{whole}{'.' if language == 'en' else ','}{minor % 100:02d}"
