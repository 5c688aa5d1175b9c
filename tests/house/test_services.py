"""The servers that other tests rely on are real ones."""

import smtplib
from email.message import EmailMessage
from urllib.request import Request, urlopen


def test_the_mail_server_takes_a_message(smtp_server):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Hi"
    message.set_content("How are you?")
    with smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=5) as client:
        client.send_message(message)
    (mail,) = smtp_server.wait()
    assert (mail.sender, mail.recipients) == ("a@example.com", ["b@example.com"])
    assert mail.message["Subject"] == "Hi"


def test_the_http_server_keeps_requests_and_answers_as_told(http_sink):
    http_sink.answers.append((202, b"later"))
    request = Request(http_sink.url + "/x", data=b'{"a": 1}', headers={"X-Key": "k"})
    with urlopen(request, timeout=5) as first, urlopen(http_sink.url, timeout=5) as second:
        assert (first.status, first.read()) == (202, b"later")
        assert (second.status, second.read()) == (200, b'{"ok": true}')
    post, get = http_sink.wait(2)
    assert (post.method, post.path, post.json, post.headers["x-key"]) == (
        "POST",
        "/x",
        {"a": 1},
        "k",
    )
    assert get.method == "GET"
