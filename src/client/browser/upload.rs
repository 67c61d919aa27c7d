//! Sending files, and where they come from: the button, what is pasted, and what is dropped anywhere on
//! the page. Listeners stand once for the whole page.
//!
//! The browser's old way of asking (`XMLHttpRequest`) is the one that says how much has been sent.

use leptos::ev;
use leptos::leptos_dom::helpers::{document, window_event_listener};
use leptos::prelude::{UpdateValue, WithValue};
use send_wrapper::SendWrapper;
use serde::Deserialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    DataTransfer, Element, File, FileList, HtmlInputElement, ProgressEvent, XmlHttpRequest,
};

use crate::client::session::Session;
use crate::client::uploads::{Upload, UploadState};
use crate::protocol::file::escaped;
use crate::protocol::frame::parse;
use crate::protocol::{ApiError, FileInfo, Place, ThreadId};

/// A file of the tray, as long as it may be wanted again, and its request.
#[derive(Debug)]
pub struct AtHand {
    file: File,
    request: Option<XmlHttpRequest>,
}

/// All of them by their keys.
pub type AllAtHand = Vec<(u32, SendWrapper<AtHand>)>;

/// Takes files from wherever they come. In the browser, once.
pub fn listen(session: Session) {
    let _ = window_event_listener(ev::change, move |event| {
        let input = event
            .target()
            .and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input.filter(|input| input.id() == "attach") {
            add(session, all(input.files()));
            // The same file may be chosen again.
            input.set_value("");
        }
    });
    let _ = window_event_listener(ev::paste, move |event| {
        // What came with its form was taken already.
        let files = event.clipboard_data().and_then(|data| data.files());
        if !event.default_prevented() && add(session, all(files)) {
            event.prevent_default();
        }
    });
    let _ = window_event_listener(ev::dragover, move |event| {
        if brings_files(event.data_transfer()) && target(session).is_some() {
            event.prevent_default();
            mark_target(true);
        }
    });
    let _ = window_event_listener(ev::dragleave, |event| {
        if event.related_target().is_none() {
            mark_target(false);
        }
    });
    let _ = window_event_listener(ev::drop, move |event| {
        mark_target(false);
        if brings_files(event.data_transfer()) {
            // Elsewhere the browser would leave the page for it.
            event.prevent_default();
            let files = event.data_transfer().and_then(|data| data.files());
            add(session, all(files));
        }
    });
}

fn brings_files(data: Option<DataTransfer>) -> bool {
    data.is_some_and(|data| data.types().includes(&JsValue::from_str("Files"), 0))
}

/// The thread whose composer takes them.
fn target(session: Session) -> Option<ThreadId> {
    let there = document().get_element_by_id("attach");
    let thread = session.place.with_untracked(Place::open_thread);
    thread.filter(|_| there.is_some())
}

fn mark_target(is_over: bool) {
    let pane = document().query_selector(".thread-main").ok().flatten();
    if let Some(pane) = pane {
        let _ = pane.class_list().toggle_with_force("drop-target", is_over);
    }
}

fn all(files: Option<FileList>) -> Vec<File> {
    let Some(files) = files else {
        return Vec::new();
    };
    (0..files.length()).filter_map(|at| files.get(at)).collect()
}

/// Takes in files, and begins to send them. Whether there were any, and a thread that takes them.
pub fn add(session: Session, files: Vec<File>) -> bool {
    let Some(thread) = target(session).filter(|_| !files.is_empty()) else {
        return false;
    };
    for file in files {
        // Sizes of files are far below where numbers lose their last digit.
        #[allow(clippy::cast_possible_truncation)]
        let bytes = file.size() as i64;
        let most = session.file_mib;
        let key = session
            .tray
            .change(|tray| tray.add(thread, &file.name(), bytes, most));
        if let Some(key) = key {
            let at_hand = AtHand {
                file,
                request: None,
            };
            session
                .at_hand
                .update_value(|all| all.push((key, SendWrapper::new(at_hand))));
            send(session, key);
        }
    }
    if let Some(Ok(field)) = document()
        .get_element_by_id("composer-field")
        .map(Element::dyn_into::<web_sys::HtmlElement>)
    {
        let _ = field.focus();
    }
    true
}

/// Sends a file of the tray, perhaps once more.
pub fn send(session: Session, key: u32) {
    session
        .tray
        .change(|tray| tray.set(key, UploadState::Sending(0)));
    let mut sent = None;
    session.at_hand.update_value(|all| {
        if let Some((_, at_hand)) = all.iter_mut().find(|(known, _)| *known == key) {
            at_hand.request = request(session, key, &at_hand.file).ok();
            sent.clone_from(&at_hand.request);
        }
    });
    if sent.is_none() {
        fail(session, key, ApiError::Unreachable.to_string());
    }
}

fn request(session: Session, key: u32, file: &File) -> Result<XmlHttpRequest, JsValue> {
    let progressed = move |hundredths| {
        let state = UploadState::Sending(hundredths);
        session.tray.change(|tray| tray.set(key, state.clone()));
    };
    let ended = move |answer: Answered| match answer.well(201) {
        Err(reason) => fail(session, key, reason),
        Ok(text) => match parse::<FileInfo>(&text) {
            Ok(file) => done(session, key, file),
            Err(_) => fail(session, key, ApiError::Unreachable.to_string()),
        },
    };
    let address = format!("/upload?name={}", escaped(&file.name()));
    post(&address, file, Box::new(progressed), Box::new(ended))
}

/// Is told how many hundredths have been sent, and never of the last one.
type Progressed = Box<dyn Fn(u8)>;
/// Is told how it has ended.
type Ended = Box<dyn FnOnce(Answered)>;

/// What the server has said to what was sent.
pub struct Answered {
    status: u16,
    text: String,
}

impl Answered {
    /// What was said with that status.
    ///
    /// # Errors
    /// It was another one: why, in the server's words.
    pub fn well(self, status: u16) -> Result<String, String> {
        match self.status == status {
            true => Ok(self.text),
            false => Err(reason(&self.text)),
        }
    }
}

/// Sends a file as it is.
///
/// # Errors
/// It cannot even be begun; then nobody is told of an end.
pub fn post(
    address: &str,
    file: &File,
    progressed: Progressed,
    ended: Ended,
) -> Result<XmlHttpRequest, JsValue> {
    let request = XmlHttpRequest::new()?;
    request.open("POST", address)?;
    // As it is: what is in it is for the server to find out.
    request.set_request_header("content-type", FileInfo::UNKNOWN)?;
    let progressed = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        // A part of a hundred, and a hundred only when the server has said so.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        progressed((99.0 * event.loaded() / event.total().max(1.0)) as u8);
    });
    let upload = request.upload()?;
    upload.set_onprogress(Some(progressed.into_js_value().unchecked_ref()));
    let answered = request.clone();
    let ended = Closure::once_into_js(move || {
        ended(Answered {
            status: answered.status().unwrap_or_default(),
            text: answered.response_text().ok().flatten().unwrap_or_default(),
        });
    });
    request.set_onloadend(Some(ended.unchecked_ref()));
    request.send_with_opt_blob(Some(file))?;
    Ok(request)
}

/// Why a file was refused, in the server's words.
fn reason(answer: &str) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let said = parse::<Refusal>(answer).map(|refusal| refusal.message);
    said.unwrap_or_else(|_| ApiError::Unreachable.to_string())
}

fn done(session: Session, key: u32, file: FileInfo) {
    forget(session, key);
    session
        .tray
        .change(|tray| tray.set(key, UploadState::Done(file)));
}

fn fail(session: Session, key: u32, reason: String) {
    session
        .tray
        .change(|tray| tray.set(key, UploadState::Failed(reason)));
}

/// Takes a file out of the tray: it is sent no further, and what has come is taken away.
pub fn remove(session: Session, key: u32) {
    let removed = session.tray.change(|tray| tray.remove(key));
    forget(session, key);
    if let Some(Upload {
        state: UploadState::Done(file),
        ..
    }) = removed
    {
        let asked = XmlHttpRequest::new().and_then(|request| {
            request.open("DELETE", &format!("/upload/{}", file.id))?;
            request.send()
        });
        // What stays is taken away after a day.
        let _ = asked;
    }
}

fn forget(session: Session, key: u32) {
    session.at_hand.update_value(|all| {
        let request = all.iter().find(|(known, _)| *known == key);
        if let Some(request) = request.and_then(|(_, at_hand)| at_hand.request.as_ref()) {
            request.set_onloadend(None);
            let _ = request.abort();
        }
        all.retain(|(known, _)| *known != key);
    });
}

/// Whether the file is still there to be sent again.
pub fn is_at_hand(session: Session, key: u32) -> bool {
    session
        .at_hand
        .with_value(|all| all.iter().any(|(known, _)| *known == key))
}
