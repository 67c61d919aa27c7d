//! Files that are posted without the script: one form with all of it, files and what is said to them.
//!
//! Each file is taken in as it comes, so none is in memory as a whole; only then is the message posted. What
//! was taken in and is not posted after all is taken away again.

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};

use super::context::Context;
use super::forms;
use super::rest::At;
use super::visitor::Visitor;
use crate::protocol::{FileId, FileInfo, MessageText, PostRequest, ThreadId};
use crate::server::auth::Identity;
use crate::server::chat::{files, messages};
use crate::server::error::{Error, Result};
use crate::server::state::App;

const MIB: usize = 1024 * 1024;
/// Bytes of what is said, at most: more is no message.
const TEXT: usize = MessageText::MAX_CHARS * 4;

pub fn routes(context: &Context) -> Router<Context> {
    let files = FileInfo::MOST * context.app.files.most_mib() as usize * MIB;
    Router::new()
        .route("/upload/to/{thread}", post(post_files))
        // What is between the parts of a form is in memory until it ends.
        .layer(DefaultBodyLimit::max(files + MIB))
}

async fn post_files(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    At(thread): At<i64>,
    request: Request,
) -> Response {
    let thread = ThreadId(thread);
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let mut text = String::new();
    let posted = match &visitor.identity {
        Some(me) => take(&context.app, me, thread, request, &mut text).await,
        None => Err(Error::Unauthenticated),
    };
    forms::files(&context, visitor, parts, thread, text, posted).await
}

/// Takes the form in, and posts what it has.
async fn take(
    app: &App,
    me: &Identity,
    thread: ThreadId,
    request: Request,
    text: &mut String,
) -> Result<()> {
    // Nobody uploads for nothing.
    messages::may_post(app, me, thread).await?;
    let mut taken = Vec::new();
    let received = receive(app, me, request, text, &mut taken).await;
    let posted = match received {
        Ok(()) => {
            let request = PostRequest {
                message: text.clone(),
                files: taken.clone(),
                ..PostRequest::default()
            };
            messages::post(app, me, thread, request).await.map(drop)
        }
        Err(error) => Err(error),
    };
    if posted.is_err() {
        for file in taken {
            if let Err(error) = files::discard(app, me, file).await {
                // It goes by itself in a day; why nothing was posted is what counts.
                error.log();
            }
        }
    }
    posted
}

async fn receive(
    app: &App,
    me: &Identity,
    request: Request,
    text: &mut String,
    taken: &mut Vec<FileId>,
) -> Result<()> {
    let cut_off = |_| Error::CutOff;
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| Error::CutOff)?;
    while let Some(field) = form.next_field().await.map_err(cut_off)? {
        let file = field.file_name().map(str::to_owned);
        match (field.name(), file) {
            (Some("text"), _) => *text = words(field).await?,
            // A field for files without any is sent all the same.
            (Some("file"), Some(name)) if !name.is_empty() => {
                if taken.len() >= FileInfo::MOST {
                    return Err(Error::TooManyFiles);
                }
                taken.push(files::upload(app, me, &name, field).await?.id);
            }
            _ => {}
        }
    }
    Ok(())
}

/// What is in a field, as far as it can be a message.
async fn words(mut field: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| Error::CutOff)? {
        // One more is too long, and says so.
        let room = (TEXT + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    let text = String::from_utf8_lossy(&bytes);
    // Browsers send line breaks as two signs.
    Ok(text.replace("\r\n", "\n"))
}
