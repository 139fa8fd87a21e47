"""The command `imagesuggest`: one module a command. No rule is here."""
