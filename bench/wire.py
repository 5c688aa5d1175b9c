"""The least HTTP that the load and the sink need: whole messages out of a stream of bytes."""

END = b"\r\n\r\n"
LENGTH = b"content-length:"


def take(buffer: bytes) -> tuple[bytes, bytes] | None:
    """Split the first whole message from what follows; None while it is not complete."""
    head = buffer.find(END)
    if head < 0:
        return None
    start = buffer[:head].lower().find(LENGTH)
    size = 0
    if start >= 0:
        start += len(LENGTH)
        stop = buffer.find(b"\r\n", start, head)
        size = int(buffer[start : stop if stop >= 0 else head])
    end = head + len(END) + size
    return (buffer[:end], buffer[end:]) if len(buffer) >= end else None


def request(port: int, path: str, body: bytes) -> bytes:
    """Write one POST of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
