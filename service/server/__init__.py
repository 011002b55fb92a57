"""Our waitress: sockets and worker processes."""
