"""The story of a message, told from recorded answers."""

import json
import unittest

import trace

SECOND = 1_768_478_400
MESSAGE = (SECOND << 20) + 77
BORN = "JKJaXmPLvHcE"
REPORT = "EZ9g2jB1oAME"
SAID = "Mi clave es 4711"


def metric(counted, *ids):
    return json.dumps({"_aws": {"CloudWatchMetrics": []}, "stage": "dev", "correlation": list(ids), **counted})


class Recorded:
    """Answers as the emulator gave them."""

    outputs = {}

    def __init__(self, lines=(), head=None, dead=()):
        self.lines, self.head, self.letters = lines, head, dead

    def get(self, partition, sort):
        return self.head

    def read(self, ids, start, end):
        assert start < SECOND * 1000 < end
        return [entry for entry in self.lines if any(one in entry[2] for one in ids)]

    def dead(self, ids, words):
        self.words = words
        return list(self.letters)

    def depths(self):
        return iter(["queue outbound: 1 wait, 0 in hand, 0 delayed"])


def message(**more):
    document = {
        "at": SECOND * 1000, "received_at": SECOND * 1000, "traffic": "outgoing", "sender": {"source": "user"},
        "content": {"kind": "text", "text": SAID},
    }
    return {"PK": "W#ws_1#C#0000000007", "SK": trace.sort_key(MESSAGE), "d": json.dumps(document), "ci": BORN, **more}


def told(item, cloud):
    return "\n".join(trace.tell(cloud, item, SECOND + 3600))


class Story(unittest.TestCase):
    def test_an_answer_that_was_delivered(self):
        at = SECOND * 1000
        cloud = Recorded(
            lines=[
                (at + 250, "message-send", metric({"send.accepted": 1}, BORN)),
                (at + 3000, "message-status", metric({"status.applied": 1}, BORN, REPORT)),
                (at + 2900, "webhook-whatsapp", metric({"webhook.events": 1}, REPORT)),
                (at + 9, "api-contacts", metric({"webhook.events": 1}, "somebodyElse")),
            ],
            head={"rg": "[]", "q": "[]"},
        )
        text = told(message(sns="accepted", sn='{"step":"accepted"}', pid="wamid.1", st={"sent": at + 1000, "delivered": at + 2000}), cloud)
        order = ["accepted from user", "send.accepted=1", "sent, says", "delivered, says", "webhook.events=1", "status.applied=1"]
        places = [text.index(part) for part in order]
        self.assertEqual(places, sorted(places), text)
        self.assertIn("+0.250 s", text)
        self.assertIn("step: accepted (the provider took it)", text)
        self.assertNotIn("api-contacts", text)
        self.assertNotIn(SAID, text)
        self.assertIn("wamid.1", cloud.words)

    def test_an_answer_that_waits_for_ever(self):
        waits = json.dumps({"step": "queued", "due_at": SECOND * 1000, "attempts": 0})
        head = {"q": json.dumps([{"contact_channel": "cc_1", "message": MESSAGE - 1}, {"contact_channel": "cc_1", "message": MESSAGE}])}
        text = told(message(sns="queued", sn=waits, gs="I#PENDING#1"), Recorded(head=head))
        for part in ("waits for its turn", "place 2 of 2", "on the sweep's list", "queue outbound: 1 wait"):
            self.assertIn(part, text)

    def test_a_refusal_and_a_dead_letter(self):
        failure = json.dumps({"class": "final", "reason": "undeliverable", "code": "131026"})
        letter = (SECOND * 1000 + 90_000, "dead     in DeadStandard, from colibri-dev-status")
        text = told(message(sns="failed", sn='{"step":"failed"}', fl=failure), Recorded(dead=[letter]))
        self.assertIn("failure: final, undeliverable, code 131026", text)
        self.assertIn("+1 min 30 s", text)
        self.assertIn("contact's head is missing", text)

    def test_an_arrival(self):
        document = {"at": SECOND * 1000, "received_at": SECOND * 1000 + 4000, "traffic": "incoming", "sender": {"source": "contact"}}
        text = told(message(d=json.dumps(document)), Recorded(head={"rg": json.dumps([MESSAGE])}))
        self.assertIn("written by contact", text)
        self.assertIn("+4.000 s", text)
        self.assertIn("taken in by the contact's head", text)

    def test_an_arrival_that_the_head_keeps_as_distances(self):
        newest = MESSAGE + 300
        # As the store packs it: the newest whole, then how far back the next one is.
        packed = []
        for number in (newest, 300, 1):
            while number >= 0x80:
                packed.append(number & 0x7F | 0x80)
                number >>= 7
            packed.append(number)
        self.assertEqual(trace.ring_of(bytes(packed)), [newest, MESSAGE, MESSAGE - 1])
        document = {"at": SECOND * 1000, "received_at": SECOND * 1000, "traffic": "incoming", "sender": {"source": "contact"}}
        text = told(message(d=json.dumps(document)), Recorded(head={"rg": bytes(packed)}))
        self.assertIn("taken in by the contact's head", text)

    def test_what_was_said_in_a_line_is_cut_and_errors_are_shown(self):
        line = json.dumps({"timestamp": "x", "level": "WARN", "message": "record goes back", "error": "table: Throttled", "span": {"correlation": BORN, "name": "work"}})
        text, named = trace.of_line("message-send", line)
        self.assertEqual(named, [BORN])
        self.assertIn("WARN record goes back error=table: Throttled", text)

    def test_ids(self):
        self.assertEqual(trace.parse("ws_1/7/99"), ("ws_1", 7, 99))
        self.assertEqual(trace.parse("99"), (None, None, 99))
        for bad in ("", "x", "ws_1/7", "ws_1/x/9"):
            with self.assertRaises(SystemExit):
                trace.parse(bad)

    def test_items_lose_their_wrapping(self):
        item = {"a": {"N": "5"}, "st": {"M": {"sent": {"N": "7"}}}, "s": {"S": "x"}, "n": {"NULL": True}}
        self.assertEqual(trace.plain(item), {"a": 5, "st": {"sent": 7}, "s": "x", "n": None})


if __name__ == "__main__":
    unittest.main()
