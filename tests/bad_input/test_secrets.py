"""A planted secret shows nowhere, and an accepted event survives a kill in the middle."""

from concurrent.futures import ThreadPoolExecutor

import httpx

VALUES = {"from": "a@example.com", "host": "127.0.0.1", "user": "u"}


def test_no_page_answer_or_log_shows_a_secret(world, person):
    body = {"module": "email", "values": VALUES | {"password": world.canary}}
    put = world.api.put("/connections/planted", json=body)
    assert put.status_code == 200, put.text
    seen = [put.text]
    for path in ("/connections", "/connections/planted", "/hooks", "/flows", "/doctor", "/modules"):
        seen.append(world.api.get(path).text)
    for name in world.secrets:
        seen += [world.api.get(f"/flows/{name}").text, person.get(f"/flows/{name}").text]
        seen += [world.api.get(f"/flows/{name}/export").text, world.deliver(name).text]
    seen += [person.get(path).text for path in ("/flows", "/runs", "/modules")]
    assert world.canary not in "".join(seen) + world.server.said()


def test_what_was_accepted_before_a_kill_is_there_after_it(world):
    def send(number: int) -> tuple[int, str]:
        try:
            answer = world.deliver(Idempotency_Key=f"kill-{number}")
        except httpx.HTTPError:
            return 0, ""
        if number == 60:
            world.server.kill()
        return answer.status_code, answer.json().get("event_id", "")

    with ThreadPoolExecutor(4) as pool:
        first = list(pool.map(send, range(120)))
    world.server.start()
    world.api.close()
    world.enter()
    for number, (status, event_id) in enumerate(first):
        answer = world.deliver(Idempotency_Key=f"kill-{number}")
        if status == 202:
            assert (answer.status_code, answer.json()["event_id"]) == (200, event_id)
        else:
            assert answer.status_code in (200, 202)
    assert sum(status == 202 for status, _ in first) >= 60
