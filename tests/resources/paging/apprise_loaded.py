"""Apprise with all that it can send to, to fork processes with: loading takes a while."""

from resources.paging.destinations import destinations_from

destinations_from("json://127.0.0.1")
