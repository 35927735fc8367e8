"""Names, addresses and account numbers of companies that do not exist."""

from __future__ import annotations

from random import Random

from stdnum import luhn
from stdnum.at import uid
from stdnum.iso7064 import mod_11_10, mod_97_10

_FIRST = (
    "Nord", "Süd", "Alt", "Neu", "Berg", "Tal", "Wald", "Feld", "Stein", "Gold", "Silber", "Rhein", "Elb", "Ost",
    "West", "Hoch", "Licht", "Kron", "Adler", "Falk", "Linden", "Eich", "Bright", "Clear", "North", "River",
    "Stone", "Oak", "Cedar", "Summit", "Harbor", "Iron", "Copper", "Maple", "Granite", "Blue", "Red", "Green",
    "White", "Silver", "Pacific", "Atlantic", "Prairie", "Canyon", "Lake", "Delta", "Orion", "Vega", "Lyra",
    "Atlas", "Nova", "Terra", "Luma", "Sola", "Aero", "Hydro", "Quanta", "Vita",
)  # fmt: skip
_SECOND = (
    "werk", "haus", "bach", "hof", "tec", "mark", "land", "feld", "port", "field", "gate", "bridge", "point",
    "wood", "crest", "line", "stone", "way", "mont", "vale", "form", "grid", "wave", "link", "source", "path",
    "craft",
)  # fmt: skip
_TRADE = (
    "Logistik", "Handel", "Technik", "Foods", "Medical", "Systems", "Energy", "Optics", "Textil", "Papier",
    "Robotics", "Supply", "Brands", "Dental", "Labs", "Outdoor", "Audio", "Studios", "Print", "Motors", "Pharma",
    "Chemie", "Design", "Retail", "Interiors", "Hardware",
)  # fmt: skip
_SUFFIX = {
    "DE": ("GmbH", "AG", "GmbH & Co. KG", "KG", "UG (haftungsbeschränkt)"),
    "FR": ("SARL", "SAS", "SA"),
    "NL": ("B.V.", "N.V."),
    "AT": ("GmbH", "AG"),
    "IT": ("S.r.l.", "S.p.A."),
    "GB": ("Ltd", "Limited", "PLC", "LLP"),
    "US": ("Inc", "LLC", "Corp", "Inc.", "Co"),
}
_CITIES = {
    "DE": (("Hamburg", "20095"), ("Köln", "50667"), ("München", "80331"), ("Leipzig", "04109"), ("Essen", "45127")),
    "FR": (("Lyon", "69001"), ("Lille", "59000")),
    "NL": (("Utrecht", "3511"), ("Rotterdam", "3011")),
    "AT": (("Wien", "1010"), ("Graz", "8010")),
    "IT": (("Milano", "20121"), ("Torino", "10121")),
    "GB": (("Leeds", "LS1 4AP"), ("Bristol", "BS1 5TR"), ("London", "EC2A 4NE")),
    "US": (("Columbus", "43215"), ("Denver", "80202"), ("Austin", "78701"), ("Portland", "97204"), ("Boston", "02110")),
}
_PEOPLE_FIRST = "Anna Ben Clara David Eva Felix Grace Hugo Ines Jonas Kate Lukas Mia Noah Olga Paul Rosa Sam Tina Uwe"
_PEOPLE_LAST = "Abel Becker Clark Davis Ernst Fischer Green Huber Irving Jansen Keller Lopez Meyer Novak Owens Price"
_TRANSLITERATION = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def invent_base_name(rng: Random) -> str:
    """Return the part of a company name that its legal form is added to."""
    return f"{rng.choice(_FIRST)}{rng.choice(_SECOND)} {rng.choice(_TRADE)}"


def legal_name(base_name: str, country: str, rng: Random) -> str:
    """Return the registered name: the base name with a legal form of the country."""
    return f"{base_name} {rng.choice(_SUFFIX[country])}"


def city_of(country: str, rng: Random) -> tuple[str, str]:
    """Return a city and postal code of the country."""
    return rng.choice(_CITIES[country])


_EIN_PREFIXES = ("10", "12", "20", "26", "27", "30", "35", "36", "38", "45", "46", "54", "58", "61", "71", "81", "84")


def invent_person(rng: Random) -> tuple[str, str]:
    """Return a first and a last name."""
    return rng.choice(_PEOPLE_FIRST.split()), rng.choice(_PEOPLE_LAST.split())


def as_ascii(text: str) -> str:
    """Return the text as banks with a narrow character set carry it."""
    return text.translate(_TRANSLITERATION)


def domain_of(base_name: str, index: int) -> str:
    """Return a mail domain under the reserved `.example` zone."""
    return as_ascii(base_name).lower().replace(" ", "-") + f"{index}.example"


def name_variants(base_name: str, registered_name: str, city: str, rng: Random) -> list[str]:
    """Return the spellings under which this company appears in other systems and on bank statements."""
    shortened = " ".join(word[:5] for word in base_name.split())
    variants = [
        as_ascii(registered_name).upper(),
        base_name,
        as_ascii(base_name).upper(),
        f"{registered_name} {city}",
        as_ascii(shortened).upper(),
        registered_name.replace(".", "").replace("&", "und"),
        f"{base_name} Accounts Payable",
    ]
    rng.shuffle(variants)
    return variants[: rng.randint(1, 4)]


def invent_iban(country: str, rng: Random) -> str:
    """Return an IBAN of the country whose check digits are right."""
    if country == "GB":
        body = "NWBK" + "".join(rng.choice("0123456789") for _ in range(14))
    elif country == "FR":
        body = "".join(rng.choice("0123456789") for _ in range(23))
    elif country == "NL":
        body = "MOCK" + "".join(rng.choice("0123456789") for _ in range(10))
    elif country == "AT":
        body = "".join(rng.choice("0123456789") for _ in range(16))
    elif country == "IT":
        body = "X" + "".join(rng.choice("0123456789") for _ in range(22))
    else:
        country = "DE"
        body = "".join(rng.choice("0123456789") for _ in range(18))
    digits = "".join(str(int(char, 36)) for char in body + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{body}"


def invent_account(country: str, rng: Random) -> str:
    """Return the account number customers of this country pay from."""
    if country == "US":
        return "".join(rng.choice("0123456789") for _ in range(10))
    return invent_iban(country, rng)


def invent_tax_id(country: str, index: int, rng: Random) -> str:
    """Return a tax number with right check digits; unique per company because it carries the company's index."""
    lead = rng.randint(10, 99)
    if country == "US":
        return f"{_EIN_PREFIXES[lead % len(_EIN_PREFIXES)]}-{index:07d}"
    if country == "DE":
        digits = f"{lead}{index:06d}"
        return f"DE{digits}{mod_11_10.calc_check_digit(digits)}"
    if country == "AT":
        digits = f"{lead}{index:05d}"
        return f"ATU{digits}{uid.calc_check_digit('U' + digits)}"
    if country == "FR":
        digits = f"{lead}{index:06d}"
        siren = f"{digits}{luhn.calc_check_digit(digits)}"
        return f"FR{int(siren + '12') % 97:02d}{siren}"
    if country == "NL":
        digits = f"{lead}{index:07d}"
        return f"NL{digits}B{mod_97_10.calc_check_digits(f'NL{digits}B')}"
    if country == "IT":
        digits = f"{lead}{index:05d}001"
        return f"IT{digits}{luhn.calc_check_digit(digits)}"
    digits = f"{lead}{index:05d}"
    weighted = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), digits, strict=True))
    return f"GB{digits}{97 - weighted % 97:02d}"


def mistyped(tax_id: str) -> str:
    """Return a tax number as somebody enters it who leaves its last character out."""
    return tax_id[:-1]
