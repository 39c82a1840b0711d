"""SecureConnect."""
