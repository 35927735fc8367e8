"""The nouns of receivables: money, documents, decisions and the errors that name them. Imports nothing of ours."""
