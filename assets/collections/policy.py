"""When is who reminded? The seeds `dunning_steps`, `collections_rules` and `letter_languages`, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from assets.ledger.languages import LANGUAGE_OF_COUNTRY, languages_by_country
from assets.ledger.money import to_minor
from assets.ledger.policy import Policy, as_amount, as_count

STANDARD_TRACK = "standard"


@dataclass(frozen=True, slots=True)
class DunningStep:
    """One level of a track: from how many days past due it applies, and which letter goes out by which channel."""

    level: int
    after_days: int
    channel: str
    template: str


@dataclass(frozen=True, slots=True)
class CollectionsPolicy:
    """The tracks, and the limits within which reminders may go out."""

    tracks: Mapping[str, tuple[DunningStep, ...]]
    minimum_distance_days: int
    bank_data_days: int
    promise_grace_days: int
    minimum_amount: Decimal
    reminders_per_customer: int
    languages: Mapping[str, str] = field(default_factory=lambda: LANGUAGE_OF_COUNTRY)  # by country

    @classmethod
    def from_policy(cls, policy: Policy) -> CollectionsPolicy:
        """Return the typed policy of the seeds."""
        tracks: dict[str, list[DunningStep]] = {}
        for row in policy.rows("dunning_steps"):
            step = DunningStep(
                as_count(row["level"]) or 0, as_count(row["after_days"]) or 0, str(row["channel"]), str(row["template"])
            )
            tracks.setdefault(str(row["track"]), []).append(step)

        def threshold(code: str) -> Decimal:
            return as_amount(policy.row("collections_rules", "rule_code", code)["threshold"]) or Decimal(0)

        return cls(
            tracks={track: tuple(sorted(steps, key=lambda step: step.level)) for track, steps in tracks.items()},
            minimum_distance_days=int(threshold("MINIMUM_DISTANCE")),
            bank_data_days=int(threshold("BANK_DATA_AGE")),
            promise_grace_days=int(threshold("PROMISE_GRACE")),
            minimum_amount=threshold("MINIMUM_AMOUNT"),
            reminders_per_customer=int(threshold("REMINDERS_PER_CUSTOMER")),
            languages=languages_by_country(policy.rows("letter_languages")),
        )

    def steps_of(self, track: str) -> tuple[DunningStep, ...]:
        """Return the steps of a track; an unknown track is the standard one."""
        return self.tracks.get(track) or self.tracks.get(STANDARD_TRACK, ())

    def minimum_minor(self, currency_code: str) -> int:
        """Return the smallest open amount worth a reminder, in the currency's minor units."""
        return to_minor(self.minimum_amount, currency_code)


def choose_dunning_level(steps: tuple[DunningStep, ...], days_overdue: int) -> int:
    """Return the highest level whose waiting days have passed; 0 means no reminder."""
    return max((step.level for step in steps if days_overdue >= step.after_days), default=0)
