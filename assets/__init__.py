"""What the company does with its receivables, one room per duty of order-to-cash."""
