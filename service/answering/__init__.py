"""An answer as both doors give it: the API and the pages."""
