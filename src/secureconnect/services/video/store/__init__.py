"""What video keeps: calls, who is in them, and what their conversations' logs have still to be told."""
