//! What the connection is told to do: in the order it was said.

use std::sync::Arc;

use super::{Connection, End, Flow, Stage, Work};
use crate::protocol::frame::{Message, Push, Raw};
use crate::server::realtime::hub::instruction::{Generation, Instruction, Stamped};

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// Takes the instructions out of the mailbox. This comes before anything begins or goes live, so
    /// that a subscription which the server has ended does not go live after all.
    pub(super) fn take_mail(&mut self) -> Flow {
        let came = self.link.mailbox.take().map_err(End::Close)?;
        if came.is_empty() {
            return Ok(());
        }
        match self.stage {
            Stage::Connected(_) => self.heed_all(came)?,
            // What the connection begins with comes before what is said while it begins.
            Stage::New | Stage::Connecting(_) | Stage::Refused => self.waiting.extend(came),
        }
        self.weigh_waiting();
        Ok(())
    }

    /// Does what is to be done at once; the rest waits for its turn.
    pub(super) fn heed_all(&mut self, came: impl IntoIterator<Item = Stamped>) -> Flow {
        for stamped in came {
            match stamped.instruction.as_ref() {
                Instruction::Unsubscribe { channel, .. } => {
                    self.ended_by_server(channel, stamped.generation);
                }
                Instruction::Ended { channel } => {
                    self.ended_by_entry(channel, stamped.generation);
                }
                Instruction::Recover { channel } => self.recover(channel, stamped.generation)?,
                Instruction::CheckDeadlines => self.check_deadlines()?,
                Instruction::Disconnect(why) => return Err(End::Close(why.clone())),
                Instruction::Refresh(ttl) => {
                    self.extend_life(*ttl);
                    // The client hears of it in its turn.
                    self.waiting.push_back(stamped);
                }
                Instruction::Subscribe { .. }
                | Instruction::Follow { .. }
                | Instruction::Message(_)
                | Instruction::AskForRefresh => self.waiting.push_back(stamped),
            }
        }
        Ok(())
    }

    /// The task's own instructions wait behind those that others have given.
    pub(super) fn instruct_myself(&mut self, generation: Generation, instruction: Instruction) {
        self.waiting.push_back(Stamped {
            generation,
            instruction: Arc::new(instruction),
        });
    }

    /// What waits to be begun counts as not yet done.
    pub(super) fn weigh_waiting(&self) {
        let bytes = self.waiting.iter().map(|told| told.instruction.bytes());
        self.link.mailbox.hold(bytes.sum());
    }

    /// The turn of an instruction that waited has come: does it, or gives the work to wait for.
    pub(super) fn begin_instruction(&mut self, stamped: &Stamped) -> Option<Work<U>> {
        match stamped.instruction.as_ref() {
            Instruction::Subscribe { channel, data } => {
                self.begin_subscribe_by_server(channel, data.clone(), stamped.generation, None)
            }
            Instruction::Follow { channel } => {
                let asked_of = self.caller_among_others();
                self.begin_subscribe_by_server(channel, None, stamped.generation, asked_of)
            }
            Instruction::AskForRefresh => self.begin_refresh_by_server(),
            Instruction::Refresh(ttl) => {
                self.tell_ttl(*ttl);
                None
            }
            Instruction::Message(data) => {
                self.push_message(data.clone());
                None
            }
            // These never wait.
            Instruction::Unsubscribe { .. }
            | Instruction::Ended { .. }
            | Instruction::Recover { .. }
            | Instruction::CheckDeadlines
            | Instruction::Disconnect(_) => None,
        }
    }

    pub(super) fn push_message(&mut self, data: Raw) {
        self.push(Push {
            message: Some(Message { data }),
            ..Push::default()
        });
    }
}
