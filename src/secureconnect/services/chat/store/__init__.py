"""The rows of the chat service, and every question asked of them."""
