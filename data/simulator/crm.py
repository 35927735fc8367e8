"""HubSpot: companies (some twice), contacts (some stale), deals that move through stages, line items."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from assets.ledger.money import line_amount
from data.simulator import names
from data.simulator.calendars import DAY
from data.simulator.deliveries import Deliveries
from data.simulator.scale import Scale
from data.simulator.trade import Deal, at
from data.simulator.world import TERMS, Agreement, Customer, World

ZERO = Decimal(0)
STAGES = ("appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon")


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _object(
    object_id: str, properties: Mapping[str, str | None], created: datetime, updated: datetime,
    parent: tuple[str, str] | None = None,
) -> Mapping[str, object]:  # fmt: skip
    record: dict[str, object] = {
        "id": object_id,
        "properties": {**properties, "hs_lastmodifieddate": _stamp(updated)},
        "createdAt": _stamp(created),
        "updatedAt": _stamp(updated),
        "archived": False,
    }
    if parent is not None:
        kind, parent_id = parent
        single = {"companies": "company", "deals": "deal"}[kind]
        record["associations"] = {kind: {"results": [{"id": parent_id, "type": f"{single}_to_{single}"}]}}
    return record


class Crm:
    """The CRM's records and the faults people left in them."""

    def __init__(self, scale: Scale, seed: int, world: World, deals: list[Deal], deliveries: Deliveries) -> None:
        self.scale = scale
        self.deals = deals
        self.buyers = {deal.customer.customer_id for deal in deals}
        self.rng = Random(f"{seed}|hubspot")
        self.world = world
        self.deliveries = deliveries
        self.company_ids: dict[str, list[str]] = {}
        self.faults: list[tuple[str, str]] = []
        self._next = {"companies": 91_000_000, "contacts": 51_000, "deals": 18_000_000, "line_items": 33_000_000}

    def _id(self, kind: str) -> str:
        self._next[kind] += self.rng.randint(1, 9)
        return str(self._next[kind])

    def run(self) -> None:
        """Write every CRM object and version."""
        for customer in self.world.customers:
            self._company(customer, is_copy=False)
            if self.rng.random() < 0.09:
                self._company(customer, is_copy=True)
                self.faults.append((f"customer:{customer.customer_id}", "duplicate_company"))
        for agreement in self.world.agreements:
            if agreement.lines:
                self._won_deal(agreement)
        for _ in range(max(3, self.scale.customers // 10)):
            self._open_deal()
        for deal in self.deals:
            self._billing_deal(deal)

    def _company(self, customer: Customer, is_copy: bool) -> None:
        rng = self.rng
        created = at(customer.created, rng)
        company_id = self._id("companies")
        self.company_ids.setdefault(customer.customer_id, []).append(company_id)
        name = rng.choice(customer.name_variants or [customer.base_name]) if is_copy else customer.name
        knows_tax_id = rng.random() < (0.5 if is_copy else 0.85)
        knows_accounting = rng.random() < (0.15 if is_copy else 0.85)
        if not is_copy and (customer.contact_bounced or customer.tax_id_on_file != customer.tax_id):
            knows_accounting = True
        if not is_copy and customer.customer_id in self.buyers:
            knows_accounting = True
        email: str | None = customer.billing_email
        if rng.random() < 0.06:
            email = None
            self.faults.append((f"company:{company_id}", "missing_billing_email"))
        properties = {
            "name": name,
            "domain": customer.domain,
            "country": customer.country,
            "tax_id": customer.tax_id if knows_tax_id else None,
            "billing_email": email,
            "accounting_customer_id": customer.accounting_id if knows_accounting else None,
        }
        self.deliveries.add("hubspot", "companies", customer.created, _object(company_id, properties, created, created))
        if email is None and rng.random() < 0.6:
            fixed = max(customer.created, self.scale.first_date) + rng.randint(3, 30) * DAY
            properties = {**properties, "billing_email": customer.billing_email}
            record = _object(company_id, properties, created, at(fixed, rng))
            self.deliveries.add("hubspot", "companies", fixed, record)
        if not is_copy:
            self._contacts(customer, company_id)

    def _contacts(self, customer: Customer, company_id: str) -> None:
        rng = self.rng
        for position in range(rng.choice((1, 1, 2))):
            first, last = names.invent_person(rng)
            contact_id = self._id("contacts")
            created = at(customer.created, rng)
            is_billing = position == 0
            email = customer.billing_email if is_billing and rng.random() < 0.6 else (
                f"{first}.{last}@{customer.domain}".lower()
            )  # fmt: skip
            properties = {
                "email": email,
                "firstname": first,
                "lastname": last,
                "is_billing_contact": "true" if is_billing else "false",
                "hs_email_bounced": "0",
            }
            parent = ("companies", company_id)
            record = _object(contact_id, properties, created, created, parent)
            self.deliveries.add("hubspot", "contacts", customer.created, record)
            if is_billing and customer.contact_bounced is not None:
                bounced, fixed = customer.contact_bounced, customer.contact_fixed
                stale = {**properties, "hs_email_bounced": "1"}
                record = _object(contact_id, stale, created, at(bounced, rng), parent)
                self.deliveries.add("hubspot", "contacts", bounced, record)
                self.faults.append((f"contact:{contact_id}", "stale_contact"))
                if fixed <= self.scale.last_activity:
                    mended = {**properties, "email": f"billing@{customer.domain}"}
                    record = _object(contact_id, mended, created, at(fixed, rng), parent)
                    self.deliveries.add("hubspot", "contacts", fixed, record)

    def _deal(
        self, deal_id: str, company_id: str, stages: list[tuple[date, str]], properties: Mapping[str, str | None],
        closed: date | None,
    ) -> None:  # fmt: skip
        created = at(max(stages[0][0], self.scale.first_activity - timedelta(days=200)), self.rng)
        for day, stage in stages:
            updated = created if day == stages[0][0] else at(day, self.rng)
            shown = {
                **properties,
                "dealstage": stage,
                "closedate": f"{closed}T12:00:00.000Z" if closed is not None else None,
            }
            record = _object(deal_id, shown, created, updated, ("companies", company_id))
            self.deliveries.add("hubspot", "deals", day, record)

    def _won_deal(self, agreement: Agreement) -> None:
        rng = self.rng
        customer = agreement.customer
        company_id = self.company_ids[customer.customer_id][0]
        deal_id = self._id("deals")
        amount = sum((line.amount or Decimal(0) for line in agreement.lines), Decimal(0)) or Decimal("1000.00")
        properties: dict[str, str | None] = {
            "dealname": f"{customer.base_name} {agreement.agreement_id}",
            "amount": f"{amount:.2f}",
            "deal_currency_code": customer.currency,
            "billing_contact_email": customer.billing_email,
            "po_number": agreement.po_number if "missing_po" not in agreement.faults else None,
            "payment_terms": customer.terms,
            "contract_id": agreement.agreement_id,
            "legal_entity": customer.legal_entity,
        }
        fault = rng.choices(
            (None, "billing_contact_email", "po_number", "payment_terms", "contract_id", "terms"),
            weights=(80, 5, 5, 4, 2, 4),
        )[0]
        if fault == "terms":
            properties["payment_terms"] = rng.choice([terms for terms in TERMS if terms != customer.terms])
            self.faults.append((f"deal:{deal_id}", "inconsistent_terms"))
        elif fault == "contract_id" and customer.legal_entity == "MUS":
            pass  # a deal that names no contract bills by itself there
        elif fault is not None and properties[fault] is not None:
            properties[fault] = None
            self.faults.append((f"deal:{deal_id}", f"missing_{fault}"))
        won = min(agreement.signed, self.scale.last_activity)
        if agreement.signed <= self.scale.first_activity:
            stages = [(won, "closedwon")]
        else:
            days = sorted(won - rng.randint(1, 25) * DAY for _ in range(2))
            stages = [(days[0], STAGES[0]), (max(days[1], days[0] + DAY), STAGES[2]), (won, "closedwon")]
            stages = [(day, stage) for day, stage in stages if day < won or stage == "closedwon"]
        self._deal(deal_id, company_id, stages, properties, won)
        for line in agreement.lines:
            price = line.amount or line.unit_price or Decimal(0)
            item = {
                "name": line.description,
                "quantity": "1",
                "price": str(price),
                "amount": str(price),
                "hs_product_id": f"{agreement.agreement_id}-{line.line}",
            }
            moment = at(won, rng)
            record = _object(self._id("line_items"), item, moment, moment, ("deals", deal_id))
            self.deliveries.add("hubspot", "line_items", won, record)

    def _billing_deal(self, deal: Deal) -> None:
        """Send a deal that bills when it is won: offered, won, put right, opened again by mistake and won again."""
        customer, rng = deal.customer, Random(f"{deal.deal_id}|told")
        currency = customer.currency
        amount = sum((line_amount(quantity, item.prices[currency], currency) for _, item, quantity in deal.items), ZERO)
        right: dict[str, str | None] = {
            "dealname": deal.name, "amount": f"{amount:.2f}", "deal_currency_code": currency,
            "billing_contact_email": customer.billing_email, "po_number": deal.po_number,
            "payment_terms": customer.terms, "contract_id": None, "legal_entity": customer.legal_entity,
            "dealstage": "closedwon", "closedate": _stamp(deal.won_at),
        }  # fmt: skip
        wrong = {
            "po_number": None,
            "payment_terms": next(terms for terms in ("NET45", "NET30") if terms != customer.terms),
            "amount": f"{amount - 1:.2f}",
        }
        won = {**right, deal.fault: wrong[deal.fault]} if deal.fault else right
        opened = {**right, "dealstage": STAGES[2], "closedate": None}
        versions = [
            (deal.offered, at(deal.offered, rng), opened), (deal.won_at.date(), deal.won_at, won),
        ]  # fmt: skip
        if deal.mended <= self.scale.last_activity:
            versions.append((deal.mended, at(deal.mended, rng), right))
        for day, said in zip(deal.reopened or (), (opened, right), strict=False):
            versions.append((day, at(day, rng), said))
        company = ("companies", self.company_ids[customer.customer_id][0])
        for day, updated, said in versions:
            record = _object(deal.deal_id, said, versions[0][1], updated, company)
            self.deliveries.add("hubspot", "deals", day, record)
        if deal.fault:
            self.faults.append((f"deal:{deal.deal_id}", f"wrong_{deal.fault}"))
        for item_id, product, quantity in deal.items:
            price = product.prices[currency]
            item = {
                "name": product.title, "quantity": str(quantity), "price": str(price), "amount": str(quantity * price),
                "hs_product_id": product.sku,
            }  # fmt: skip
            record = _object(item_id, item, deal.won_at, deal.won_at, ("deals", deal.deal_id))
            self.deliveries.add("hubspot", "line_items", deal.won_at.date(), record)

    def _open_deal(self) -> None:
        rng = self.rng
        customer = rng.choice(self.world.customers)
        company_id = self.company_ids[customer.customer_id][0]
        day = max(customer.created, self.scale.first_activity) + rng.randint(0, self.scale.days) * DAY
        stages = []
        for stage in (*STAGES[: rng.randint(1, 3)], *(("closedlost",) if rng.random() < 0.4 else ())):
            if day <= self.scale.last_activity:
                stages.append((day, stage))
            day += rng.randint(3, 20) * DAY
        if not stages:
            return
        properties = {
            "dealname": f"{customer.base_name} expansion",
            "amount": f"{rng.randint(10, 900) * 100}.00",
            "deal_currency_code": customer.currency,
            "billing_contact_email": None,
            "po_number": None,
            "payment_terms": None,
            "contract_id": None,
            "legal_entity": customer.legal_entity,
        }
        self._deal(self._id("deals"), company_id, stages, properties, None)
