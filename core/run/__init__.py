"""The durable engine: admit, advance, do a step, record, wait, recover."""
