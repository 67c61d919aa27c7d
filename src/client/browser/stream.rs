//! What stands in for a WebSocket where the network swallows those: a response that goes on, one line after
//! the other, and a request for each frame that is sent. To the state machine it is a socket like any other.
//!
//! The first frame, which says who is there, is what the stream is asked for with; its answer says under
//! which session the others are sent. They go one after the other, so their order is kept.

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{Either, select};
use leptos::leptos_dom::helpers::window;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request, RequestInit, Response};

use super::socket::ABNORMAL;
use crate::client::connection::Event;
use crate::client::lines::{Lines, Session, disconnected, message, session};

/// As long as the frames that are to be sent come, passes on what is heard.
pub async fn run(mut queue: UnboundedReceiver<String>, on_event: Box<dyn Fn(Event)>) {
    // There is nothing to open: the first frame does.
    on_event(Event::Opened);
    let Some(first) = queue.next().await else {
        return;
    };
    let Ok(reader) = begin(&first).await else {
        return on_event(Event::Closed(ABNORMAL));
    };
    let mut lines = Lines::default();
    let mut sending = None::<UnboundedSender<String>>;
    loop {
        let reading = JsFuture::from(reader.read());
        let mut reading = Box::pin(reading);
        // What is sent meanwhile does not disturb what is being read.
        let read = loop {
            match select(queue.next(), reading).await {
                Either::Left((Some(frame), still)) => {
                    if let Some(sending) = &sending {
                        let _ = sending.unbounded_send(frame);
                    }
                    reading = still;
                }
                Either::Left((None, _)) => {
                    // Nobody wants it any more.
                    let _ = reader.cancel();
                    return;
                }
                Either::Right((read, _)) => break read,
            }
        };
        let Some(bytes) = read.ok().and_then(|read| bytes_of(&read)) else {
            return on_event(Event::Closed(ABNORMAL));
        };
        for line in lines.take(&bytes) {
            if let Some(code) = disconnected(&line) {
                let _ = reader.cancel();
                return on_event(Event::Closed(code));
            }
            if sending.is_none()
                && let Some(session) = session(&line)
            {
                sending = Some(send_to(session, &reader));
            }
            on_event(Event::Frame(line));
        }
    }
}

/// Asks for the stream.
async fn begin(first: &str) -> Result<ReadableStreamDefaultReader, JsValue> {
    let response = post("/connection/http_stream", first).await?;
    let body = response.body().ok_or(JsValue::NULL)?;
    body.get_reader().dyn_into().map_err(JsValue::from)
}

async fn post(path: &str, body: &str) -> Result<Response, JsValue> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&JsValue::from_str(body));
    let request = Request::new_with_str_and_init(path, &request)?;
    let response = JsFuture::from(window().fetch_with_request(&request)).await?;
    let response: Response = response.dyn_into()?;
    match response.ok() {
        true => Ok(response),
        false => Err(JsValue::NULL),
    }
}

/// Sends frames one after the other. One that does not arrive ends the stream: what follows it must not
/// arrive without it.
fn send_to(session: Session, reader: &ReadableStreamDefaultReader) -> UnboundedSender<String> {
    let (sending, mut frames) = unbounded::<String>();
    let reader = reader.clone();
    spawn_local(async move {
        while let Some(frame) = frames.next().await {
            let body = message(&session, &frame);
            if post("/emulation", &body).await.is_err() {
                let _ = reader.cancel();
                return;
            }
        }
    });
    sending
}

/// What was read; nothing at the end.
fn bytes_of(read: &JsValue) -> Option<Vec<u8>> {
    let value = js_sys::Reflect::get(read, &"value".into()).ok()?;
    let bytes: js_sys::Uint8Array = value.dyn_into().ok()?;
    Some(bytes.to_vec())
}
