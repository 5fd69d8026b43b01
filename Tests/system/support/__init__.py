"""What the system tests share: the release binary as a process, its doors as clients, the carrier, the browser."""
