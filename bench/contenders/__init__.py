"""Who is measured: each module makes the same refund durable (or not) in its own way."""
