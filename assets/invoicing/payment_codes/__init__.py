"""What a payer scans or types to pay an invoice: codes by published standards, checked before they are printed."""
