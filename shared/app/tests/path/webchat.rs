//! A visitor of a web chat, from the first message to the mail that brings him back.

use std::sync::{Arc, Mutex};

use colibri_app::http::{HttpHandler, JsonHandler as _, Record, RecordHandler};
use colibri_app::ports::QueueName;
use colibri_app::realtime::SocketMessage;
use colibri_app::receipts::ReadReceipts;
use colibri_app::webchat::deliver::Visitors;
use colibri_app::webchat::file::FileRoutes;
use colibri_app::webchat::message::MessageRoutes;
use colibri_app::webchat::note::WebchatNote;
use colibri_app::webchat::session::SessionRoutes;
use colibri_app::webchat::socket::WebchatSocket;
use colibri_domain::channel::Channel;
use colibri_domain::contact::Head;
use colibri_domain::content::{Attachment, AttachmentState, Content};
use colibri_domain::message::{Message, MessageState};
use colibri_domain::outbound::OutboundContent;
use colibri_domain::webchat::{Prechat, PrechatField, PrechatName, WebchatSettings};
use colibri_store::Socket;
use colibri_testing::chat::{IDENTITY_SECRET, PageCall, SITE, json_of};
use colibri_testing::path::record;
use colibri_testing::role::acting;
use colibri_testing::{As, MemoryVault, Path, RecordingMail, RecordingMetrics, RecordingPush, SeqIds};
use serde_json::{Value, json};

/// The demo with a chat, and what its pages call.
struct Shop {
    path: Path,
    channel: Channel,
    session: Box<dyn HttpHandler>,
    message: Box<dyn HttpHandler>,
    file: Box<dyn HttpHandler>,
}

impl Shop {
    async fn open() -> Self {
        Self::with(WebchatSettings::default()).await
    }

    async fn with(settings: WebchatSettings) -> Self {
        let path = Path::new().await;
        let channel = path.demo.chat(settings).await.unwrap();
        let ids = SeqIds::default();
        let queue = Arc::new(path.queue.clone());
        let session = SessionRoutes { queue: queue.clone(), socket_url: "wss://visitors.example".into() };
        let visitors =
            Visitors { push: Arc::new(path.push.clone()), base_url: "https://hooks.example".into() };
        let message = MessageRoutes { queue, files: path.bucket.files(), visitors };
        let file = FileRoutes { files: path.bucket.files() };
        Self {
            channel,
            session: Box::new(As::new("webchat-session", path.demo.webchat(&path.clock, &ids, session))),
            message: Box::new(As::new("webchat-message", path.demo.webchat(&path.clock, &ids, message))),
            file: Box::new(As::new("webchat-file", path.demo.webchat(&path.clock, &ids, file))),
            path,
        }
    }

    async fn start(&self, body: Value) -> Value {
        let answer = PageCall::post("sessions", None, body).call(&*self.session).await;
        assert_eq!(answer.status, 201, "{}", json_of(&answer));
        json_of(&answer)
    }

    async fn token(&self) -> String {
        self.start(json!({})).await["token"].as_str().unwrap().to_owned()
    }

    async fn say(&self, token: &str, id: &str, text: &str) -> (u16, Value) {
        let body = json!({ "client_message_id": id, "type": "text", "text": text });
        let answer = PageCall::post("messages", Some(token), body).call(&*self.message).await;
        (answer.status.as_u16(), json_of(&answer))
    }

    async fn settle(&self) {
        assert!(self.path.settle().await.is_empty());
    }

    async fn feed(&self, token: &str, query: &str) -> Value {
        let path = format!("messages{query}");
        json_of(&PageCall::get(&path, Some(token)).call(&*self.message).await)
    }

    /// Alba answers the contact on his chat.
    async fn answer(&self, contact: u64, key: &str, text: &str) -> Message {
        let head = self.path.head(contact).await;
        let now = self.path.clock_now();
        let mut message = self.path.demo.outgoing(&head, key, 0, text);
        message.at = now;
        message.id = colibri_domain::MessageId::derive(now.seconds(), "test", key);
        let chat = head.channels.iter().find(|c| c.channel_id == self.channel.id).unwrap();
        message.contact_channel_id = chat.id.clone();
        message.channel_id = self.channel.id.clone();
        message.outbound = Some(OutboundContent::Text { text: text.into(), preview_url: false });
        let message = self.path.accept(message).await;
        self.path.nudge().await;
        message
    }

    async fn state(&self, contact: u64, message: &Message) -> Option<MessageState> {
        let messages = self.path.messages(contact).await;
        messages.iter().find(|m| m.id == message.id).unwrap().state()
    }

    async fn contacts(&self) -> u64 {
        self.path.demo.data().contacts_created().await.unwrap()
    }
}

fn uuid(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

#[tokio::test]
async fn opening_creates_nobody_and_the_first_message_creates_one_however_often_it_comes() {
    let shop = Shop::open().await;
    let token = shop.token().await;
    let ticket = PageCall::post("sockets", Some(&token), json!({})).call(&*shop.session).await;
    assert_eq!(ticket.status, 201);
    shop.feed(&token, "").await;
    shop.settle().await;
    assert_eq!(shop.contacts().await, 0);

    let (status, first) = shop.say(&token, &uuid(1), "¿Tienen el sofá <b>gris</b>?").await;
    assert_eq!(status, 201, "{first}");
    shop.path.clock.pass(3_000);
    let (_, again) = shop.say(&token, &uuid(1), "¿Tienen el sofá <b>gris</b>?").await;
    assert_eq!(first, again);
    shop.settle().await;
    assert_eq!(shop.contacts().await, 1);
    let stored = shop.path.messages(1).await;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].content.preview(), "¿Tienen el sofá <b>gris</b>?");
    assert!(shop.path.head(1).await.conversation.is_some());
    assert!(shop.path.head(1).await.first_name.starts_with("Visitante "));
}

#[tokio::test]
async fn what_the_queue_refused_is_taken_with_the_repetition() {
    let shop = Shop::open().await;
    let token = shop.token().await;
    shop.path.queue.fail(1);
    let (status, _) = shop.say(&token, &uuid(1), "hola").await;
    assert_eq!(status, 503);
    let (status, _) = shop.say(&token, &uuid(1), "hola").await;
    assert_eq!(status, 201);
    shop.settle().await;
    assert_eq!(shop.path.messages(1).await.len(), 1);
    assert_eq!(shop.feed(&token, "").await["seq"], 1);
}

#[tokio::test]
async fn an_answer_is_numbered_pushed_caught_up_and_read() {
    let shop = Shop::open().await;
    let token = shop.token().await;
    shop.say(&token, &uuid(1), "hola").await;
    shop.settle().await;
    let visitor = shop.path.head(1).await.channels[0].identity.clone();
    let place = shop.path.demo.data().visitor(&shop.channel.id, &visitor);
    place.put_socket("socket-1", shop.path.clock_now()).await.unwrap();
    let answer = shop.answer(1, "k1", "Buenas tardes").await;
    assert_eq!(shop.state(1, &answer).await, Some(MessageState::Sent));
    let frames = shop.path.push.take();
    let types: Vec<String> = frames
        .iter()
        .map(|(_, frame)| serde_json::from_str::<Value>(frame).unwrap()["type"].to_string())
        .collect();
    assert!(types.contains(&"\"message\"".to_owned()) && types.contains(&"\"read\"".to_owned()), "{types:?}");

    let feed = shop.feed(&token, "?since=1").await;
    assert_eq!((feed["seq"].as_u64(), feed["read_up_to"].as_u64()), (Some(2), Some(1)), "{feed}");
    assert_eq!(
        (feed["messages"][0]["from"].as_str(), feed["messages"][0]["seq"].as_u64()),
        (Some("agent"), Some(2))
    );
    assert_eq!(feed["messages"][0]["author"], "Alba");

    for (state, wanted) in [("delivered", MessageState::Delivered), ("read", MessageState::Read)] {
        let body = json!({ "up_to_seq": 99, "state": state });
        let receipt = PageCall::post("receipts", Some(&token), body).call(&*shop.message).await;
        assert_eq!(receipt.status, 204);
        shop.settle().await;
        assert_eq!(shop.state(1, &answer).await, Some(wanted));
    }
}

#[tokio::test]
async fn a_delivery_that_was_cut_off_is_tried_again_and_arrives_once() {
    let shop = Shop::open().await;
    let token = shop.token().await;
    shop.say(&token, &uuid(1), "hola").await;
    shop.settle().await;
    let head = shop.path.head(1).await;
    let answer = shop.answer(1, "k1", "una vez").await;
    let visitor = shop.path.demo.data().visitor(&shop.channel.id, &head.channels[0].identity);
    let (entries, _) = visitor.feed_after(1, 10).await.unwrap();
    // The same delivery again, as after a crash before it was noted.
    let (known, new) = visitor
        .append(&entries[0].id, &entries[0], &colibri_domain::webchat::VisitorSession::default())
        .await
        .unwrap();
    assert!(!new && known.seq == 2);
    assert_eq!(shop.feed(&token, "").await["seq"], 2);
    assert_eq!(shop.state(1, &answer).await, Some(MessageState::Sent));
}

#[tokio::test]
async fn nothing_of_another_visitor_or_site_is_reachable() {
    let shop = Shop::open().await;
    let (ana, eva) = (shop.token().await, shop.token().await);
    shop.say(&ana, &uuid(1), "mi secreto").await;
    assert_eq!(shop.feed(&eva, "").await["messages"], json!([]));
    let tampered = format!("{}x", &ana[..ana.len() - 1]);
    for token in ["", "x.y", tampered.as_str()] {
        let answer = PageCall::get("messages", Some(token)).call(&*shop.message).await;
        assert_eq!(answer.status, 401, "{token}");
    }
    let file =
        PageCall::post("files", Some(&ana), json!({ "name": "a.png", "size": 10, "type": "image/png" }))
            .call(&*shop.file)
            .await;
    let id = json_of(&file)["file_id"].clone();
    let body = json!({ "client_message_id": uuid(2), "type": "attachment", "file_id": id });
    let foreign = PageCall::post("messages", Some(&eva), body).call(&*shop.message).await;
    assert_eq!(foreign.status, 400, "another visitor's upload does not exist");
    let path = format!("files/{}?t={eva}", id.as_str().unwrap());
    assert_eq!(PageCall::get(&path, None).call(&*shop.file).await.status, 404);

    let elsewhere = PageCall { origin: "https://evil.example", ..PageCall::get("config", None) };
    let answer = elsewhere.call(&*shop.session).await;
    assert_eq!(
        (answer.status.as_u16(), json_of(&answer)["code"].as_str()),
        (403, Some("origin_not_allowed"))
    );
    assert!(answer.headers.get("access-control-allow-origin").is_none());
    let here = PageCall::get("config", None).call(&*shop.session).await;
    assert_eq!(here.headers["access-control-allow-origin"], SITE);
}

#[tokio::test]
async fn a_flood_is_refused_and_leaves_others_alone() {
    let shop = Shop::open().await;
    let (ana, eva) = (shop.token().await, shop.token().await);
    let mut refused = 0;
    for n in 0..30 {
        let (status, _) = shop.say(&ana, &uuid(n), "spam").await;
        refused += u32::from(status == 429);
    }
    assert_eq!(refused, 10);
    let (status, _) = shop.say(&eva, &uuid(99), "hola").await;
    assert_eq!(status, 201);
    let body = json!({ "client_message_id": uuid(50), "type": "text", "text": "x" });
    let answer = PageCall::post("messages", Some(&ana), body).call(&*shop.message).await;
    let wait: i64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    shop.path.clock.pass(60_000);
    assert_eq!(shop.say(&ana, &uuid(51), "ya").await.0, 201);

    let mut opened = 0;
    for n in 0..400 {
        let token = shop.path.demo.visitor_token(&format!("v{n:020}"), shop.path.clock_now());
        let call = PageCall { ip: "2001:db8::1", ..PageCall::post("sockets", Some(&token), json!({})) };
        opened += u32::from(call.call(&*shop.session).await.status == 201);
    }
    assert_eq!(opened, 30, "sockets of one address in a minute");
    let other = shop.path.demo.visitor_token("v00000000000000000999", shop.path.clock_now());
    let call = PageCall { ip: "198.51.100.2", ..PageCall::post("sockets", Some(&other), json!({})) };
    assert_eq!(call.call(&*shop.session).await.status, 201);
}

fn hash(user: &str) -> String {
    colibri_testing::path::signature(IDENTITY_SECRET, user.as_bytes()).replace("sha256=", "")
}

#[tokio::test]
async fn a_vouched_user_keeps_his_contact_on_every_device_and_a_claimed_one_gets_nothing() {
    let shop = Shop::open().await;
    let anonymous = shop.token().await;
    shop.say(&anonymous, &uuid(1), "sin cuenta").await;
    shop.settle().await;
    let identity = json!({ "id": "42", "hash": hash("42"), "name": "Rosa" });
    let known = shop.start(json!({ "token": anonymous, "identity": identity })).await;
    assert_eq!((known["identified"].as_bool(), known["seq"].as_u64()), (Some(true), Some(1)));
    shop.settle().await;
    let elsewhere = shop.start(json!({ "identity": identity })).await;
    assert_eq!(elsewhere["visitor_id"], known["visitor_id"]);
    shop.say(elsewhere["token"].as_str().unwrap(), &uuid(2), "desde el teléfono").await;
    shop.settle().await;
    assert_eq!(shop.contacts().await, 1, "the same person");
    assert_eq!(shop.path.head(1).await.channels[0].identity, known["visitor_id"].as_str().unwrap());

    let claimed = shop.start(json!({ "identity": { "id": "42", "hash": hash("43") } })).await;
    assert_eq!((claimed["identified"].as_bool(), claimed["seq"].as_u64()), (Some(false), Some(0)));
    // Signing out leaves nothing behind for whoever sits there next.
    let after = shop.start(json!({ "token": known["token"] })).await;
    assert_ne!(after["visitor_id"], known["visitor_id"]);
}

#[tokio::test]
async fn a_typed_address_is_shown_and_joins_nobody_while_a_vouched_one_does() {
    let prechat = Prechat {
        enabled: true,
        fields: vec![
            PrechatField { name: PrechatName::Name, required: true },
            PrechatField { name: PrechatName::Email, required: false },
        ],
    };
    let shop = Shop::with(WebchatSettings { prechat, ..WebchatSettings::default() }).await;
    shop.path.demo.contact("593900000001", "Mercedes").await;
    let context = colibri_store::WriteContext {
        actor: colibri_domain::message::Actor::user(shop.path.demo.alba.clone()),
        now: shop.path.demo.now,
    };
    let edit = colibri_store::ContactEdit {
        email: Some(Some("mercedes@ejemplo.example".parse().unwrap())),
        ..colibri_store::ContactEdit::default()
    };
    shop.path.demo.data().edit_contact(colibri_domain::ContactId(1), edit, &context).await.unwrap();

    let token = shop.token().await;
    let (status, early) = shop.say(&token, &uuid(1), "hola").await;
    assert_eq!((status, early["code"].as_str()), (409, Some("prechat_required")));
    let form = json!({ "name": "Impostora", "email": "mercedes@ejemplo.example" });
    let answer = PageCall::post("prechat", Some(&token), form).call(&*shop.session).await;
    assert_eq!(answer.status, 204);
    shop.settle().await;
    let head: Head = shop.path.head(2).await;
    assert_eq!(
        (head.first_name.as_str(), head.email.clone(), head.conversation.clone()),
        ("Impostora", None, None)
    );
    let profile = shop.path.demo.data().profile(colibri_domain::ContactId(2)).await.unwrap().unwrap();
    assert_eq!(profile.foreign_email.unwrap().as_str(), "mercedes@ejemplo.example");
    assert_eq!(shop.say(&token, &uuid(1), "hola").await.0, 201);
    shop.settle().await;
    assert_eq!(shop.contacts().await, 2);

    let user = "mercedes@ejemplo.example";
    let vouched = shop.start(json!({ "identity": { "id": user, "hash": hash(user) } })).await;
    shop.say(vouched["token"].as_str().unwrap(), &uuid(3), "soy yo").await;
    shop.settle().await;
    assert_eq!(shop.contacts().await, 2);
    assert!(shop.path.head(1).await.channels.iter().any(|c| c.channel_id == shop.channel.id));
}

#[tokio::test]
async fn a_file_is_copied_sniffed_and_read_by_its_own_address_only() {
    let shop = Shop::open().await;
    let token = shop.token().await;
    for (wrong, body) in [
        ("type", json!({ "name": "x.svg", "size": 10, "type": "image/svg+xml" })),
        ("size", json!({ "name": "x.png", "size": 30 * 1024 * 1024, "type": "image/png" })),
    ] {
        let answer = PageCall::post("files", Some(&token), body).call(&*shop.file).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x06\0\0\0";
    let body = json!({ "name": "../sala.png", "size": png.len(), "type": "image/png" });
    let announced = json_of(&PageCall::post("files", Some(&token), body).call(&*shop.file).await);
    let id = announced["file_id"].as_str().unwrap().to_owned();
    let send = json!({ "client_message_id": uuid(1), "type": "attachment", "file_id": id });
    let early = PageCall::post("messages", Some(&token), send.clone()).call(&*shop.message).await;
    assert_eq!(json_of(&early)["code"], "not_uploaded");
    shop.path.bucket.put(&format!("U/{}/{id}", shop.path.demo.workspace), "image/png", png.as_slice());
    let later = PageCall::post("messages", Some(&token), send).call(&*shop.message).await;
    assert_eq!(later.status, 201, "{}", json_of(&later));
    shop.settle().await;
    shop.path.fetch_media().await;
    let stored = shop.path.messages(1).await;
    let Content::Attachment(Attachment { state, file, .. }) = &stored[0].content else { panic!("no file") };
    assert_eq!(*state, AttachmentState::Ready);
    assert_eq!(file.as_ref().unwrap().mime_type, "image/png");
    let feed = shop.feed(&token, "").await;
    let url = feed["messages"][0]["file"]["url"].as_str().unwrap();
    assert_eq!(feed["messages"][0]["file"]["name"], "sala.png");
    let below = url.split("/chatceibo/").nth(1).unwrap();
    let read = PageCall::get(below, None).call(&*shop.file).await;
    assert_eq!(read.status, 302);
    let other = below.replace(&id, "file_other");
    assert_eq!(PageCall::get(&other, None).call(&*shop.file).await.status, 404);
}

async fn look_after(shop: &Shop, mail: &RecordingMail) -> Vec<colibri_app::ports::MailMessage> {
    let note = WebchatNote {
        store: shop.path.demo.store.clone(),
        vault: Arc::new(MemoryVault),
        mail: Arc::new(mail.clone()),
        queue: Arc::new(shop.path.queue.clone()),
        clock: Arc::new(shop.path.clock.clone()),
        metrics: Arc::new(RecordingMetrics::default()),
        base_url: "https://hooks.example".into(),
    };
    let note = As::new("webchat-note", note);
    for message in shop.path.queue.take(QueueName::Note) {
        shop.path.clock.pass(i64::try_from(message.delay.as_millis()).unwrap());
        let record: Record = record(&message);
        note.handle(record).await.unwrap();
    }
    mail.take()
}

#[tokio::test]
async fn who_stays_away_gets_one_mail_with_all_unread_answers_and_a_way_back() {
    let shop = Shop::open().await;
    let identity = json!({ "id": "7", "hash": hash("7"), "email": "ana@ejemplo.example" });
    let session = shop.start(json!({ "identity": identity, "page": format!("{SITE}/sofas?x=1#top") })).await;
    let token = session["token"].as_str().unwrap();
    shop.say(token, &uuid(1), "hola").await;
    shop.settle().await;
    shop.answer(1, "k1", "Sí, <b>en gris</b>").await;
    shop.path.clock.pass(60_000);
    shop.answer(1, "k2", "¿Le reservamos uno?").await;
    let mail = RecordingMail::default();
    let sent = look_after(&shop, &mail).await;
    assert_eq!(sent.len(), 1, "one mail for both answers");
    assert_eq!(
        (sent[0].to.as_str(), sent[0].subject.as_str()),
        ("ana@ejemplo.example", "Tiene 2 respuestas de Ceibo")
    );
    assert!(sent[0].html.contains("&lt;b&gt;en gris&lt;/b&gt;") && !sent[0].html.contains("<b>en gris"));
    assert!(sent[0].text.contains("¿Le reservamos uno?"));
    assert!(look_after(&shop, &mail).await.is_empty());

    let link = sent[0].text.lines().find(|line| line.contains("/restore?t=")).unwrap();
    let back = PageCall::get(link.split("/chatceibo/").nth(1).unwrap(), None).call(&*shop.session).await;
    assert_eq!(back.status, 303);
    let target = back.headers["location"].to_str().unwrap();
    let restore = target.strip_prefix(&format!("{SITE}/sofas?x=1#colibri-chat=")).unwrap();
    let restored = shop.start(json!({ "restore": restore })).await;
    assert_eq!((restored["restored"].as_bool(), restored["seq"].as_u64()), (Some(true), Some(3)));
    assert_eq!(restored["visitor_id"], session["visitor_id"]);
}

#[tokio::test]
async fn who_has_read_or_answered_gets_no_mail() {
    let shop = Shop::open().await;
    let identity = json!({ "id": "7", "hash": hash("7"), "email": "ana@ejemplo.example" });
    let token = shop.start(json!({ "identity": identity })).await["token"].as_str().unwrap().to_owned();
    shop.say(&token, &uuid(1), "hola").await;
    shop.settle().await;
    shop.answer(1, "k1", "¡Hola!").await;
    PageCall::post("receipts", Some(&token), json!({ "up_to_seq": 2 })).call(&*shop.message).await;
    let mail = RecordingMail::default();
    assert!(look_after(&shop, &mail).await.is_empty());
    shop.answer(1, "k2", "¿Sigue ahí?").await;
    shop.say(&token, &uuid(2), "sí").await;
    assert!(look_after(&shop, &mail).await.is_empty());
}

#[tokio::test]
async fn a_page_that_is_gone_is_forgotten_by_whoever_finds_out() {
    let shop = Shop::open().await;
    let token = shop.token().await;
    shop.say(&token, &uuid(1), "hola").await;
    shop.settle().await;
    let head = shop.path.head(1).await;
    let visitor = shop.path.demo.data().visitor(&shop.channel.id, &head.channels[0].identity);
    let lose = async |connection: &str| {
        visitor.put_socket(connection, shop.path.clock_now()).await.unwrap();
        shop.path.push.lose(connection);
    };
    let none = async |who: &str| assert_eq!(visitor.sockets().await.unwrap(), [""; 0], "{who}");

    lose("told-of-an-answer").await;
    shop.answer(1, "k1", "Buenas tardes").await;
    none("message-send").await;

    lose("his-other-page").await;
    shop.say(&token, &uuid(2), "¿siguen ahí?").await;
    none("webchat-message").await;
    shop.settle().await;

    lose("told-of-a-read").await;
    let head = shop.path.head(1).await;
    let receipts = ReadReceipts { providers: shop.path.providers.clone() };
    let data = shop.path.demo.data();
    let read = receipts.send(&data, &shop.channel, &head.channels[0]);
    acting("api-contacts", read).await;
    none("api-contacts").await;

    lose("told-that-alba-types").await;
    let demo = &shop.path.demo;
    let alba = Socket {
        connection: "alba".into(),
        user: demo.alba.clone(),
        viewing: Some(head.id),
        opened_at: demo.now,
    };
    demo.data().put_socket(&alba).await.unwrap();
    let visitors = Visitors { push: Arc::new(shop.path.push.clone()), base_url: String::new() };
    let agents = Arc::new(RecordingPush::default());
    let screens = SocketMessage::new(demo.store.clone(), agents, visitors, Arc::new(shop.path.clock.clone()));
    let body = json!({ "type": "typing", "contact_id": 1 }).to_string();
    let typing = json!({ "requestContext": { "connectionId": "alba" }, "body": body });
    As::new("socket-message", screens).handle(typing).await.unwrap();
    none("socket-message").await;
}

#[tokio::test]
async fn a_visitor_who_types_is_seen_by_who_looks_at_him_until_his_page_closes() {
    let shop = Shop::open().await;
    let token = shop.token().await;
    shop.say(&token, &uuid(1), "hola").await;
    shop.settle().await;
    let demo = &shop.path.demo;
    for (connection, viewing) in [("looks", Some(shop.path.head(1).await.id)), ("elsewhere", None)] {
        let socket =
            Socket { connection: connection.into(), user: demo.alba.clone(), viewing, opened_at: demo.now };
        demo.data().put_socket(&socket).await.unwrap();
    }
    let agents = RecordingPush::default();
    let socket = WebchatSocket {
        store: demo.store.clone(),
        visitors: Arc::new(shop.path.push.clone()),
        agents: Arc::new(agents.clone()),
        clock: Arc::new(shop.path.clock.clone()),
        typed: Mutex::default(),
    };
    let socket = As::new("webchat-socket", socket);
    let ticket = PageCall::post("sockets", Some(&token), json!({})).call(&*shop.session).await;
    let ticket = json_of(&ticket)["ticket"].clone();
    let event = |kind: &str, body: &str| {
        json!({ "requestContext": { "connectionId": "page", "eventType": kind }, "body": body,
            "queryStringParameters": { "ticket": ticket }, "headers": { "origin": SITE } })
    };
    let status = async |event: Value| socket.handle(event).await.unwrap()["statusCode"].clone();
    assert_eq!(status(event("CONNECT", "")).await, 200);
    assert_eq!(status(event("CONNECT", "")).await, 401, "a ticket opens once");

    status(event("MESSAGE", r#"{"type":"typing"}"#)).await;
    let frames = agents.take();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0].0, "looks");
    status(event("MESSAGE", r#"{"type":"ping"}"#)).await;
    assert_eq!(shop.path.push.take(), [("page".to_owned(), r#"{"type":"pong"}"#.to_owned())]);

    status(event("DISCONNECT", "")).await;
    let head = shop.path.head(1).await;
    let visitor = demo.data().visitor(&shop.channel.id, &head.channels[0].identity);
    assert!(visitor.sockets().await.unwrap().is_empty());
}
