"""The words of reminders, by language: greeting, opening lines by letter, the facts' names, and the close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.ledger.languages import ENGLISH, FRENCH, GERMAN, PORTUGUESE

# What a letter says of its invoice, in this order.
FACTS = (
    "document_number", "document_date", "purchase_order", "due_date", "original_amount", "settled_amount",
    "open_amount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReminderWords:
    """What reminders say in one language; `letters` are subject and opening by the name the seeds give a letter."""

    day: str
    days: str
    greeting: str
    facts: tuple[str, ...]
    close: str
    letters: Mapping[str, tuple[str, str]]
    colon: str = ":"


WORDS: Mapping[str, ReminderWords] = {
    ENGLISH: ReminderWords(
        day="day",
        days="days",
        greeting="Dear $customer_name,",
        facts=(
            "Invoice",
            "Invoice date",
            "Your reference",
            "Due date",
            "Invoice amount",
            "Paid, credited",
            "Still open",
        ),
        close="""Please name $document_number with your payment. If you have paid in the last
days, thank you, and please disregard this message. If something about the
invoice is not as agreed, please reply to this message, so that we can put
it right.

Kind regards
Accounts receivable, $legal_entity_name
""",
        letters={
            "courtesy": (
                "Invoice $document_number falls due on $due_date",
                "a note ahead of time: this invoice falls due on $due_date.",
            ),
            "friendly_reminder": (
                "Reminder: invoice $document_number, $open_amount open",
                "this invoice was due on $due_date and we have not seen its payment yet.",
            ),
            "second_reminder": (
                "Second reminder: invoice $document_number is $days_overdue overdue",
                "this invoice is $days_overdue overdue. Please arrange its payment,\nor tell us when we can expect it.",
            ),
            "firm_reminder": (
                "Overdue: invoice $document_number, $days_overdue",
                "we have reminded you of this invoice before. It is now $days_overdue\n"
                "overdue. Please pay what is open within seven days.",
            ),
            "final_notice": (
                "Final notice: invoice $document_number, $days_overdue overdue",
                "this is our last reminder of an invoice that is $days_overdue overdue.\n"
                "Without its payment or your answer within seven days it goes to our credit\ncontrol.",
            ),
        },
    ),
    GERMAN: ReminderWords(
        day="Tag",
        days="Tage",
        greeting="Guten Tag $customer_name,",
        facts=(
            "Rechnung",
            "Rechnungsdatum",
            "Ihre Referenz",
            "Fällig am",
            "Rechnungsbetrag",
            "Gezahlt, gutgeschrieben",
            "Noch offen",
        ),
        close="""Bitte geben Sie bei der Zahlung $document_number an. Falls Sie in den letzten
Tagen gezahlt haben, danken wir Ihnen; diese Nachricht ist dann hinfällig. Falls
an der Rechnung etwas nicht wie vereinbart ist, antworten Sie bitte auf diese
Nachricht, damit wir es richtigstellen können.

Mit freundlichen Grüßen
Debitorenbuchhaltung, $legal_entity_name
""",
        letters={
            "courtesy": (
                "Rechnung $document_number wird am $due_date fällig",
                "ein Hinweis vorab: Diese Rechnung wird am $due_date fällig.",
            ),
            "friendly_reminder": (
                "Zahlungserinnerung: Rechnung $document_number, $open_amount offen",
                "diese Rechnung war am $due_date fällig, und wir haben ihre Zahlung noch\nnicht gesehen.",
            ),
            "second_reminder": (
                "Zweite Zahlungserinnerung: Rechnung $document_number, $days_overdue überfällig",
                "diese Rechnung ist $days_overdue überfällig. Bitte veranlassen Sie die Zahlung,\n"
                "oder sagen Sie uns, wann wir mit ihr rechnen können.",
            ),
            "firm_reminder": (
                "Überfällig: Rechnung $document_number, $days_overdue",
                "an diese Rechnung haben wir Sie bereits erinnert. Sie ist jetzt $days_overdue\n"
                "überfällig. Bitte zahlen Sie den offenen Betrag innerhalb von sieben Tagen.",
            ),
            "final_notice": (
                "Letzte Mahnung: Rechnung $document_number, $days_overdue überfällig",
                "dies ist unsere letzte Erinnerung an eine Rechnung, die $days_overdue überfällig\n"
                "ist. Ohne Zahlung oder Antwort innerhalb von sieben Tagen geben wir sie an\n"
                "unsere Kreditkontrolle ab.",
            ),
        },
    ),
    FRENCH: ReminderWords(
        day="jour",
        days="jours",
        greeting="Bonjour $customer_name,",
        facts=(
            "Facture",
            "Date de facture",
            "Votre référence",
            "Échéance",
            "Montant de la facture",
            "Payé, crédité",
            "Reste dû",
        ),
        close="""Merci d'indiquer $document_number lors de votre paiement. Si vous avez payé ces
derniers jours, nous vous en remercions et vous prions de ne pas tenir compte de
ce message. Si la facture n'est pas conforme à ce qui était convenu, répondez à
ce message afin que nous puissions la rectifier.

Cordialement
Comptabilité clients, $legal_entity_name
""",
        letters={
            "courtesy": (
                "La facture $document_number arrive à échéance le $due_date",
                "pour information : cette facture arrive à échéance le $due_date.",
            ),
            "friendly_reminder": (
                "Rappel : facture $document_number, reste dû $open_amount",
                "cette facture était à payer pour le $due_date et nous n'avons pas encore vu\nson paiement.",
            ),
            "second_reminder": (
                "Deuxième rappel : facture $document_number, retard de $days_overdue",
                "cette facture a un retard de $days_overdue. Merci de procéder au paiement\n"
                "ou de nous dire quand nous pouvons l'attendre.",
            ),
            "firm_reminder": (
                "En retard : facture $document_number, $days_overdue",
                "nous vous avons déjà rappelé cette facture. Son retard est maintenant de\n"
                "$days_overdue. Merci de payer le montant dû sous sept jours.",
            ),
            "final_notice": (
                "Dernier rappel : facture $document_number, retard de $days_overdue",
                "ceci est notre dernier rappel pour une facture en retard de $days_overdue.\n"
                "Sans paiement ni réponse de votre part sous sept jours, nous la transmettons à\n"
                "notre service de recouvrement.",
            ),
        },
        colon="\N{NO-BREAK SPACE}:",
    ),
    PORTUGUESE: ReminderWords(
        day="dia",
        days="dias",
        greeting="Olá, $customer_name,",
        facts=(
            "Fatura",
            "Data da fatura",
            "Sua referência",
            "Vencimento",
            "Valor da fatura",
            "Pago, creditado",
            "Em aberto",
        ),
        close="""Por favor, indique $document_number no pagamento. Se pagou nos últimos dias,
agradecemos e pedimos que desconsidere esta mensagem. Se algo na fatura não está
como combinado, responda a esta mensagem para que possamos corrigir.

Atenciosamente
Contas a receber, $legal_entity_name
""",
        letters={
            "courtesy": (
                "A fatura $document_number vence em $due_date",
                "um aviso antecipado: esta fatura vence em $due_date.",
            ),
            "friendly_reminder": (
                "Lembrete: fatura $document_number, $open_amount em aberto",
                "esta fatura venceu em $due_date e ainda não identificamos o pagamento.",
            ),
            "second_reminder": (
                "Segundo lembrete: fatura $document_number, $days_overdue em atraso",
                "esta fatura está com $days_overdue de atraso. Por favor, providencie o pagamento\n"
                "ou diga-nos quando podemos esperá-lo.",
            ),
            "firm_reminder": (
                "Em atraso: fatura $document_number, $days_overdue",
                "já lembramos desta fatura antes. Ela está agora com $days_overdue de atraso.\n"
                "Por favor, pague o valor em aberto em até sete dias.",
            ),
            "final_notice": (
                "Último aviso: fatura $document_number, $days_overdue em atraso",
                "este é o nosso último lembrete de uma fatura com $days_overdue de atraso.\n"
                "Sem pagamento ou resposta em até sete dias, ela segue para a nossa área de\ncobrança.",
            ),
        },
    ),
}
