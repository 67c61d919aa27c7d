//! Commands: each is answered at once, or becomes work to wait for.

use super::{Connection, Done, Flow, Stage, Work};
use crate::protocol::codes::{DisconnectCode, ErrorCode};
use crate::protocol::frame::{Command, ConnectRequest, Empty, Raw, Reply, RpcRequest};
use crate::server::realtime::registration::events::{Connect, Rpc, Sent};
use crate::server::realtime::registration::handler::Refusal;

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// Answers a command at once, or gives the work to wait for.
    pub(super) fn begin_command(&mut self, command: Command) -> Flow<Option<Work<U>>> {
        if command.is_pong() {
            return match self.link.pong() {
                true => Ok(None),
                false => Err(DisconnectCode::BadRequest.into()),
            };
        }
        let caller = match &self.stage {
            Stage::Connected(caller) => caller.clone(),
            Stage::Refused => return Ok(None),
            Stage::Connecting(_) => return Err(DisconnectCode::BadRequest.into()),
            Stage::New => return self.begin_connect(command).map(Some),
        };
        if self.limiter.check().is_err() {
            return self.refuse_for_haste(command.id);
        }
        self.refusals = self.refusals.saturating_sub(1);
        if command.id == 0 {
            return match command.send {
                Some(request) => self.begin_send(caller, request.data).map(Some),
                None => Err(DisconnectCode::BadRequest.into()),
            };
        }
        self.begin_request(caller, command)
    }

    /// Starts a command that wants an answer.
    fn begin_request(&mut self, caller: U, command: Command) -> Flow<Option<Work<U>>> {
        let id = command.id;
        if let Some(request) = command.rpc {
            Ok(self.begin_rpc(caller, id, request))
        } else if let Some(request) = command.subscribe {
            self.begin_subscribe(caller, id, request)
        } else if let Some(request) = command.unsubscribe {
            self.unsubscribe(&request.channel)?;
            self.reply(&Reply {
                id,
                unsubscribe: Some(Empty {}),
                ..Reply::default()
            });
            Ok(None)
        } else if let Some(request) = command.publish {
            self.begin_publish(caller, id, request)
        } else if let Some(request) = command.history {
            self.begin_history(caller, id, request)
        } else if let Some(request) = command.presence {
            self.begin_presence(caller, id, request.channel)
        } else if let Some(request) = command.presence_stats {
            self.begin_presence_stats(caller, id, request.channel)
        } else if let Some(request) = command.refresh {
            Ok(self.begin_refresh(caller, id, request.token))
        } else if let Some(request) = command.sub_refresh {
            self.begin_sub_refresh(caller, id, request)
        } else {
            Err(DisconnectCode::BadRequest.into())
        }
    }

    fn refuse_for_haste(&mut self, id: u32) -> Flow<Option<Work<U>>> {
        self.refusals += 1;
        if self.refusals > self.engine.options.patience {
            return Err(DisconnectCode::TooManyRequests.into());
        }
        if id > 0 {
            self.refuse(id, ErrorCode::TooManyRequests);
        }
        Ok(None)
    }

    fn begin_connect(&mut self, command: Command) -> Flow<Work<U>> {
        let (id, Some(request)) = (command.id, command.connect) else {
            return Err(DisconnectCode::BadRequest.into());
        };
        if id == 0 {
            return Err(DisconnectCode::BadRequest.into());
        }
        let engine = self.engine.clone();
        let upgrade = std::mem::take(&mut self.upgrade);
        Ok(Box::pin(async move {
            let positions = ConnectRequest {
                subs: request.subs.clone(),
                ..ConnectRequest::default()
            };
            let event = Connect { request, upgrade };
            let outcome = engine.registration.connect(event).await;
            Done::Authenticated(id, positions, outcome)
        }))
    }

    fn begin_rpc(&mut self, caller: U, id: u32, request: RpcRequest) -> Option<Work<U>> {
        let Some(handler) = self.engine.registration.rpc.clone() else {
            self.refuse(id, ErrorCode::NotAvailable);
            return None;
        };
        Some(Box::pin(async move {
            let method = request.method.clone();
            let event = Rpc {
                caller,
                method: request.method,
                data: request.data,
            };
            Done::Called(id, method, handler.call(event).await)
        }))
    }

    fn begin_send(&mut self, caller: U, data: Option<Raw>) -> Flow<Work<U>> {
        let Some(handler) = self.engine.registration.message.clone() else {
            return Err(DisconnectCode::NotAvailable.into());
        };
        Ok(Box::pin(async move {
            Done::Sent(handler.call(Sent { caller, data }).await)
        }))
    }

    /// A message has no answer, so an error is only logged.
    pub(super) fn sent(&mut self, outcome: Result<Option<Raw>, Refusal>) -> Flow {
        match outcome {
            Ok(None) => {}
            Ok(Some(data)) => self.push_message(data),
            Err(Refusal::Error(error)) => tracing::info!(?error, "message refused"),
            Err(Refusal::Disconnect(disconnect)) => return Err(super::End::Close(disconnect)),
        }
        Ok(())
    }
}
