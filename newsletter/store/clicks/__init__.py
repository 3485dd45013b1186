"""Links of editions and clicks on them."""
