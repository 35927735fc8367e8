"""Documents of issued invoices and credit memos: one EN 16931 model, written as UBL, CII and PDF, and validated."""
