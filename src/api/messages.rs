//! Messages: what the shop may say to a user who is not looking.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, check_locale};
use crate::api::listener::Change;
use crate::api::sottovoce::Sottovoce;
use crate::base::limits::ID;
use crate::profile::Permits;
use crate::surfaces::{
    Message, MessagePoll, MessageRequest, MessageSettings, message_settings, next_message,
};

/// Messages of the shop's plan: which one comes next and when. Nothing is sent by this library: the app hands the message to the
/// system's notifications, or shows it.
#[derive(uniffi::Object)]
pub struct MessagesApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// What the shop may say to a user who is not looking.
    pub fn messages(&self) -> Arc<MessagesApi> {
        Arc::new(MessagesApi { engine: self.engine.clone() })
    }
}

#[uniffi::export]
impl MessagesApi {
    /// The next message as things stand, with the moment for it, or why there is none. Ask when the app opens and when it goes
    /// to the background, put the answer in the place of the notification that waits, and pass it to `scheduled`. The same
    /// state at the same time gives the same answer. From memory. Fails with `Locked` before `unlock`, `NoCatalog`, and
    /// `InvalidArgument`.
    pub fn poll(&self, request: MessageRequest) -> Result<MessagePoll> {
        check_locale(&request.locale)?;
        let opened = self.engine.opened()?;
        let (permits, catalog) = (Permits::ask(&opened.gate), self.engine.catalog()?);
        Ok(next_message(&catalog, Some((&opened.profile, &permits)), &request, self.engine.clock.now_ms())?)
    }

    /// The rules of the plan in the language of `locale`, with what the user does not want: for a screen of settings. From
    /// memory. Fails with `Locked` before `unlock`.
    pub fn settings(&self, locale: String) -> Result<MessageSettings> {
        check_locale(&locale)?;
        let opened = self.engine.opened()?;
        let catalog = self.engine.catalog_or_empty()?;
        Ok(message_settings(&catalog, &opened.profile.message_choices(), &locale))
    }
}

#[blocking]
impl MessagesApi {
    /// Notes the message that waits in the system for its moment or was just shown; none if nothing waits any more. It replaces
    /// what was noted before and was not shown yet. From its moment on a message counts as shown: towards the limits of the
    /// plan, and never to come again. Fails with `ConsentRequired` if the user does not allow messages.
    pub fn scheduled(&self, message: Option<Message>) -> Result<()> {
        let opened = self.engine.opened()?;
        if let Some(message) = &message {
            ID.text("message_id", &message.message_id)?;
            ID.text("rule_id", &message.rule_id)?;
        }
        let permit = match (opened.gate.permit(), &message) {
            // Then nothing was noted.
            (Err(_), None) => return Ok(()),
            (permit, _) => permit?,
        };
        let noted = message.map(|message| (message.message_id, message.rule_id, message.deliver_at_ms));
        Ok(opened.profile.note_message(&opened.gate, &permit, noted)?)
    }

    /// Says nothing before `until_ms`, in milliseconds since 1970, at most the end of 9999; none ends that. It needs no consent and outlives every
    /// withdrawal; erasing everything ends it.
    pub fn snooze(&self, until_ms: Option<i64>) -> Result<()> {
        let opened = self.engine.opened()?;
        opened.profile.snooze_messages(&opened.gate, until_ms)?;
        self.engine.tell(Change::Profile);
        Ok(())
    }

    /// Keeps that the user never wants what this rule says, or that they do. It needs no consent and outlives every withdrawal;
    /// erasing everything ends it. If the user mutes more than 64 rules, those that are not in the plan any more are forgotten.
    pub fn set_muted(&self, rule_id: String, muted: bool) -> Result<()> {
        let opened = self.engine.opened()?;
        opened.profile.mute_message(&opened.gate, &*self.engine.catalog_or_empty()?, &rule_id, muted)?;
        self.engine.tell(Change::Profile);
        Ok(())
    }
}
