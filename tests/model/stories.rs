//! Short lives in which something once went wrong.

use sottovoce::consent::Choice::{Defer, Give, Refuse};
use sottovoce::consent::EraseScope::{DataOf, Everything};
use sottovoce::consent::Purpose::{self, *};
use sottovoce::profile::EventName;
use sottovoce::sensitive::SensitiveTag;

use super::faults::{Disks, Fault, Verb, Wrong};
use super::run::{lived, place};
use super::steps::{DAY_MS, HOUR_MS, Step};
use super::teeth::Tooth;
use super::view::{Region, Surroundings};
use crate::vault_support::fast_folder;

const GERMANY: Surroundings = Surroundings { region: Region::Germany, gpc: false, age: None };
const OPTED_OUT: Surroundings = Surroundings { region: Region::Unknown, gpc: true, age: None };

/// Nothing goes wrong in this life.
fn holds(steps: &[Step]) {
    let disks = Disks::get();
    if steps.iter().any(|s| matches!(s, Step::DiskFull(_))) && disks.is_empty() {
        return;
    }
    if let Some(breach) = lived(steps) {
        panic!("{}: {}", breach.what, breach.detail);
    }
}

const fn failing(verb: Verb, wrong: Wrong, calls: u32) -> Step {
    Step::KeyFault(Fault { verb, wrong, calls })
}

fn give(purposes: &[Purpose]) -> Step {
    Step::Record(purposes.iter().map(|p| (*p, Give)).collect())
}

/// What is owed is done by removing every item but the one that the files name. That one may be gone, because a denial
/// was held beside the key: then the newest goes as well, and with it all data, denials and spending.
#[test]
fn the_newest_key_is_never_removed() {
    holds(&[
        Step::All(Give),
        Step::Event(EventName::ViewItem, 0),
        Step::DiskFull(65_536),
        Step::Withdraw(vec![History]),
        Step::DiskFull(0),
        Step::Withdraw(vec![Experiments]),
        Step::DiskFree,
        Step::Kill,
        Step::Kill,
    ]);
}

/// As above, because another copy has been used.
#[test]
fn the_newest_key_of_another_copy_is_never_removed() {
    holds(&[
        failing(Verb::Remove, Wrong::Lies, 2),
        give(&[Session]),
        Step::Twin(0),
        Step::Swap,
        Step::Withdraw(vec![Session]),
        Step::Swap,
        Step::Maintain(false),
        Step::Kill,
    ]);
}

/// As above, because an older copy was put back that had something to do.
#[test]
fn the_newest_key_is_not_removed_by_an_older_copy() {
    holds(&[
        failing(Verb::Remove, Wrong::Lies, 2),
        give(&[Session]),
        Step::Backup,
        Step::KeysWell,
        Step::Maintain(false),
        Step::Withdraw(vec![Session]),
        Step::Restore(0),
        Step::Kill,
    ]);
}

/// As above, because the log was lost or cannot be read: each erasure leaves in the database that removals are owed,
/// and in the log that they are done.
#[test]
fn a_lost_log_does_not_cost_the_key() {
    let _disks = Disks::get();
    let folder = fast_folder();
    let steps = [
        Step::All(Give),
        Step::Event(EventName::ViewItem, 0),
        Step::Erase(DataOf { purpose: History }),
        Step::Withdraw(vec![Experiments]),
    ];
    let mut world = place(0, &steps, folder.path(), None);
    world.begin().unwrap();
    steps.iter().for_each(|step| world.step(step).unwrap());
    world.tooth = Some(Tooth::LostLog);
    world.kill();
    let open = || world.engine(&world.slots[0].path).unlock().map(|status| status.opening.unwrap());
    let (first, second) = (open(), open());
    assert!(first.is_ok_and(|found| found.rolled_back && !found.fresh), "then {second:?}");
}

/// A denial that the ledger does not know yet holds in memory, until any receipt names its purpose: that of a notice
/// that was shown.
#[test]
fn a_notice_lifts_no_denial() {
    holds(&[
        Step::All(Give),
        Step::DiskFull(0),
        Step::Withdraw(vec![Session]),
        Step::DiskFree,
        Step::Served(vec![Session]),
    ]);
}

/// As above: that of an erasure of its data.
#[test]
fn an_erasure_of_data_lifts_no_denial() {
    holds(&[
        Step::All(Give),
        Step::Event(EventName::ViewItem, 0),
        Step::DiskFull(0),
        Step::Withdraw(vec![History]),
        Step::DiskFree,
        Step::Erase(DataOf { purpose: History }),
    ]);
}

/// As above: that of reports that are destroyed because nothing may leave.
#[test]
fn an_opt_out_lifts_no_denial() {
    holds(&[
        Step::All(Give),
        Step::Maintain(false),
        Step::DiskFull(0),
        Step::Withdraw(vec![Measurement]),
        Step::DiskFree,
        Step::Signals(OPTED_OUT),
    ]);
}

/// A denial was held beside the key, its data not erased yet: a new yes brings them back.
#[test]
fn what_was_taken_back_does_not_come_back_with_a_new_yes() {
    holds(&[
        Step::All(Give),
        Step::Prefer(0),
        Step::DiskFull(0),
        Step::All(Refuse),
        Step::DiskFree,
        Step::All(Give),
    ]);
}

/// An item from before a yes still denies; the next change takes that over.
#[test]
fn a_yes_outlives_an_item_that_could_not_be_removed() {
    holds(&[
        Step::Record(vec![(Preferences, Refuse)]),
        failing(Verb::Remove, Wrong::Unavailable, 1),
        give(&[Preferences]),
        Step::Prefer(0),
        Step::Withdraw(vec![Transfer]),
        Step::Maintain(false),
    ]);
}

/// What is told again is compared with memory, not with what is stored: an erasure of everything has removed it.
#[test]
fn signals_that_are_told_again_are_stored() {
    holds(&[Step::Signals(OPTED_OUT), Step::Erase(Everything), Step::Signals(OPTED_OUT), Step::Kill]);
}

/// As above, after a full disk.
#[test]
fn signals_that_could_not_be_stored_are_stored_when_told_again() {
    holds(&[
        Step::DiskFull(0),
        Step::Signals(OPTED_OUT),
        Step::DiskFree,
        Step::Signals(OPTED_OUT),
        Step::Kill,
    ]);
}

#[test]
fn a_refusal_wins_over_a_yes_in_the_same_call() {
    holds(&[Step::Record(vec![(Measurement, Refuse), (Measurement, Give)])]);
}

/// The ledger says no and what stands beside the key does not, until the next opening.
#[test]
fn a_refusal_is_anchored_in_spite_of_a_yes_in_the_same_call() {
    holds(&[
        give(&[Measurement]),
        Step::Backup,
        Step::Record(vec![(Measurement, Give), (Measurement, Refuse)]),
        Step::Restore(0),
    ]);
}

/// An erasure of everything that is finished later takes along what was said since.
#[test]
fn what_is_said_after_an_erasure_of_everything_stays() {
    holds(&[
        Step::All(Give),
        Step::DiskFull(0),
        Step::Erase(Everything),
        Step::DiskFree,
        give(&[Preferences]),
        Step::Prefer(0),
        Step::Maintain(false),
    ]);
}

/// Beside the key it is denied, so that a deferral counts as an older answer.
#[test]
fn a_deferral_of_what_ran_out_is_no_refusal() {
    holds(&[
        give(&[Preferences]),
        Step::Clock(400 * DAY_MS),
        Step::Maintain(false),
        Step::Record(vec![(Preferences, Defer)]),
        Step::Maintain(false),
    ]);
}

/// Reports that may not leave and cannot be destroyed: the answer itself counts as taken back until a restart.
#[test]
fn an_answer_stands_when_reports_cannot_be_destroyed() {
    holds(&[
        Step::All(Give),
        Step::Maintain(false),
        failing(Verb::Store, Wrong::Unavailable, 1),
        Step::Signals(OPTED_OUT),
        Step::Signals(GERMANY),
    ]);
}

/// A yes beside a refusal that only the key store could hold: the call succeeds, and its receipt names a yes that was
/// never stored.
#[test]
fn a_yes_that_is_not_stored_is_not_acknowledged() {
    holds(&[Step::DiskFull(0), Step::Record(vec![(Session, Refuse), (Preferences, Give)])]);
}

/// Records whose key was destroyed wait for room on the disk to be deleted.
#[test]
fn what_waits_to_be_deleted_is_no_damage() {
    holds(&[
        Step::All(Give),
        Step::Event(EventName::SelectPromotion, 3),
        Step::Kill,
        failing(Verb::List, Wrong::Unavailable, 2),
        Step::DiskFull(16_384),
        Step::All(Refuse),
    ]);
}

/// What is owed cannot be done yet: that is no reason to lock the user out.
#[test]
fn an_opening_succeeds_while_something_is_owed() {
    holds(&[
        Step::All(Give),
        failing(Verb::Remove, Wrong::Unavailable, 1000),
        Step::Withdraw(vec![Preferences]),
        Step::Kill,
    ]);
}

/// A tag given later than the history ran out goes when that is noted.
#[test]
fn tags_go_with_the_history() {
    holds(&[
        Step::Signals(GERMANY),
        give(&[History]),
        Step::Sensitive(SensitiveTag::Health, Give),
        Step::Withdraw(vec![History]),
        Step::Kill,
    ]);
}

/// What is about a topic goes with the no to it, and no older copy brings it back; while it lies sealed it is there.
#[test]
fn a_topic_goes_with_its_no() {
    let elsewhere = Surroundings { region: Region::California, gpc: true, age: None };
    holds(&[
        Step::Signals(GERMANY),
        Step::All(Give),
        Step::Event(EventName::ViewItem, 4),
        Step::Sensitive(SensitiveTag::Health, Give),
        Step::Event(EventName::Purchase, 4),
        Step::Event(EventName::ViewItem, 0),
        Step::Backup,
        Step::Signals(elsewhere),
        Step::Kill,
        Step::Exclude(4),
        Step::Signals(GERMANY),
        Step::Sensitive(SensitiveTag::Health, Refuse),
        Step::Restore(0),
        Step::Sensitive(SensitiveTag::Health, Give),
        Step::Event(EventName::AddToCart, 4),
        Step::Exclude(4),
        Step::Kill,
    ]);
}

/// A full disk while the log is emptied, after the withdrawal was committed.
#[test]
fn a_withdrawal_that_is_committed_is_not_repeated() {
    holds(&[
        Step::All(Give),
        Step::Maintain(true),
        Step::Kill,
        Step::DiskFull(65_536),
        Step::Withdraw(vec![Inference, Essential, Preferences]),
        Step::DiskFree,
        Step::Kill,
    ]);
}

/// An older copy denies what was allowed since, and what it denies is anchored although it hears of other denials.
#[test]
fn of_two_copies_in_use_the_stricter_holds() {
    holds(&[
        failing(Verb::Store, Wrong::Lies, 8),
        Step::Withdraw(vec![Offers, Ranking]),
        Step::Backup,
        Step::All(Refuse),
        Step::Move,
        give(&[Ranking]),
        Step::Twin(0),
        Step::Kill,
    ]);
}

/// Records whose key was destroyed, on a disk too full to delete them, are not met under a new key.
#[test]
fn what_waits_to_be_deleted_is_gone_before_anything_new() {
    holds(&[
        Step::All(Give),
        Step::Event(EventName::ViewItem, 4),
        Step::Move,
        Step::DiskFull(0),
        Step::Erase(Everything),
        give(&[History]),
        Step::Event(EventName::Search, 2),
        give(&[Ranking]),
    ]);
}

/// What only the files deny is not settled, although something else has been anchored since.
#[test]
fn what_the_files_deny_is_settled_once_it_is_anchored() {
    holds(&[
        Step::All(Give),
        Step::Backup,
        failing(Verb::List, Wrong::Unavailable, 3),
        Step::Sensitive(SensitiveTag::Religion, Refuse),
        Step::Kill,
        Step::Discard,
        Step::Restore(0),
    ]);
}

/// What a kill made the engine forget, it hears of from what stands beside the key and counts once: a clock that was
/// set back does not end a yes that was given a moment ago.
#[test]
fn time_that_a_kill_loses_is_counted_once() {
    holds(&[Step::Clock(400 * DAY_MS), Step::Clock(-9 * DAY_MS), give(&[Inference]), Step::Kill]);
}

/// As above, where the clock has gone on behind the latest time it has shown.
#[test]
fn time_behind_the_latest_is_counted_once() {
    holds(&[
        Step::Clock(-DAY_MS),
        Step::Clock(-100 * DAY_MS),
        give(&[Preferences]),
        Step::Maintain(false),
        Step::Clock(100 * DAY_MS),
        Step::Withdraw(vec![Experiments]),
        Step::Kill,
    ]);
}

/// A denial in an item that could not be removed, lifted by a later yes: an older copy hears of it all the same.
#[test]
fn an_older_copy_may_deny_what_was_allowed_since() {
    holds(&[
        failing(Verb::Remove, Wrong::Lies, 1000),
        give(&[Measurement]),
        Step::Backup,
        Step::Withdraw(vec![Measurement]),
        give(&[Measurement]),
        Step::Restore(0),
    ]);
}

/// What another copy wanted to deny when its disk was full lies beside the key, and is heard of at some later change.
#[test]
fn what_another_copy_denies_may_be_heard_of_later() {
    holds(&[
        Step::All(Refuse),
        Step::Twin(1),
        give(&[Session]),
        Step::DiskFull(0),
        Step::Swap,
        give(&[Measurement]),
        Step::Swap,
        Step::Kill,
        Step::DiskFree,
        Step::Withdraw(vec![Measurement]),
        Step::Sensitive(SensitiveTag::Pregnancy, Give),
    ]);
}

/// A tag that is allowed after everything was erased, when it is not known yet how far that came.
#[test]
fn a_tag_allowed_after_an_erasure_of_everything_stays() {
    holds(&[
        failing(Verb::Remove, Wrong::Lies, 1),
        Step::Erase(Everything),
        Step::Signals(GERMANY),
        Step::Sensitive(SensitiveTag::Pregnancy, Give),
        Step::Twin(1),
        Step::Kill,
    ]);
}

/// What was denied while an erasure could not be noted has run out by the time that it is put off.
#[test]
fn what_was_denied_and_ran_out_may_be_deferred() {
    holds(&[
        give(&[Session, Measurement, History]),
        Step::Kill,
        Step::DiskFull(0),
        Step::Erase(DataOf { purpose: History }),
        Step::Clock(3652 * DAY_MS),
        Step::Record(vec![(History, Defer), (Experiments, Defer), (Ranking, Give)]),
    ]);
}

/// A refusal that is carried over counts where everything was erased, although nothing is allowed there anyway.
#[test]
fn a_refusal_is_carried_to_where_everything_was_erased() {
    holds(&[
        Step::Sensitive(SensitiveTag::Pregnancy, Give),
        Step::DiskFull(0),
        Step::Erase(Everything),
        Step::Erase(Everything),
        Step::Import(vec![(Offers, false)]),
    ]);
}

/// A denial of another copy that is heard of together with a new yes has erased what was kept before.
#[test]
fn a_denial_heard_of_with_a_new_yes_erases() {
    holds(&[
        Step::Twin(0),
        Step::All(Refuse),
        Step::Swap,
        Step::All(Give),
        Step::Prefer(0),
        Step::Swap,
        give(&[Preferences]),
        Step::Swap,
        Step::Unprefer(0),
        Step::Event(EventName::RateItem, 2),
        give(&[History, Inference, Session]),
    ]);
}

/// A denial of another copy may be heard of with a withdrawal as well.
#[test]
fn a_denial_heard_of_with_a_withdrawal() {
    holds(&[
        Step::All(Refuse),
        Step::Twin(2),
        Step::Record(vec![(Session, Give), (Measurement, Give), (Transfer, Refuse)]),
        Step::Swap,
        give(&[Session]),
        Step::Withdraw(vec![Offers]),
    ]);
}

/// An erasure of everything that a full disk cut off goes on after the next opening, and lifts what it denied.
#[test]
fn an_erasure_of_everything_goes_on_in_the_next_life() {
    holds(&[
        Step::All(Give),
        Step::DiskFull(65536),
        Step::Maintain(false),
        Step::Erase(Everything),
        Step::Withdraw(vec![Session]),
        Step::Shutdown,
        Step::Event(EventName::AddToCart, 3),
        Step::DiskFree,
        Step::Record(vec![(Session, Give), (Transfer, Refuse), (Measurement, Give)]),
    ]);
}

/// That a yes ran out was noted while the key store lied: an older copy does not hear of it, whatever is said meanwhile.
#[test]
fn what_ran_out_is_heard_of_once_it_is_settled() {
    holds(&[
        give(&[Inference]),
        Step::Backup,
        Step::Maintain(false),
        Step::Clock(3652 * DAY_MS),
        failing(Verb::Store, Wrong::Lies, 1000),
        Step::All(Give),
        Step::Record(vec![(Ranking, Defer)]),
        Step::Clock(-3652 * DAY_MS),
        Step::Twin(0),
    ]);
}

/// What is held is denied already: it is not put off.
#[test]
fn what_is_held_cannot_be_deferred() {
    holds(&[
        Step::All(Give),
        Step::Event(EventName::RateItem, 0),
        failing(Verb::Store, Wrong::Unavailable, 1000),
        Step::Erase(DataOf { purpose: History }),
        Step::Sensitive(SensitiveTag::Pregnancy, Defer),
        Step::Shutdown,
        Step::Erase(DataOf { purpose: Messaging }),
    ]);
}

/// A no that is said while an erasure of everything is under way may go with it: then nothing was ever answered.
#[test]
fn a_no_may_go_with_an_erasure_of_everything() {
    holds(&[
        Step::Erase(Everything),
        Step::DiskFull(0),
        Step::Erase(Everything),
        Step::Withdraw(vec![History]),
        Step::DiskFree,
        Step::Maintain(false),
    ]);
}

/// As above, with what was allowed since.
#[test]
fn a_no_while_everything_is_erased_takes_along_the_tags() {
    holds(&[
        Step::DiskFull(4096),
        Step::Erase(Everything),
        Step::Signals(Surroundings { region: Region::California, ..GERMANY }),
        Step::DiskFree,
        Step::Sensitive(SensitiveTag::Pregnancy, Give),
        Step::All(Refuse),
    ]);
}

/// As above, where another copy hears of it.
#[test]
fn a_no_while_everything_is_erased_may_be_heard_of() {
    holds(&[
        Step::Twin(0),
        failing(Verb::Store, Wrong::Lies, 3),
        Step::Erase(Everything),
        Step::Record(vec![(Messaging, Refuse), (Preferences, Give)]),
        Step::Sensitive(SensitiveTag::Health, Refuse),
        Step::Swap,
        give(&[Ranking]),
        Step::Record(vec![(Session, Defer)]),
    ]);
}

/// The widget's shelf rests on what is refused, and the disk has room for the answers but not to retire it.
#[test]
fn answers_that_are_stored_have_not_failed() {
    holds(&[
        Step::All(Give),
        Step::Maintain(false),
        Step::Prefer(1),
        Step::KeepForWidget,
        Step::DiskFull(65_536),
        Step::Clock(HOUR_MS),
        Step::Record(vec![(Session, Give), (Preferences, Refuse)]),
    ]);
}

/// A denial that is heard of with a new yes takes along the tags that hang on it.
#[test]
fn a_denial_heard_of_with_a_new_yes_takes_along_the_tags() {
    holds(&[
        Step::Signals(GERMANY),
        Step::Withdraw(vec![History]),
        Step::Sensitive(SensitiveTag::Pregnancy, Give),
        Step::Backup,
        Step::All(Give),
        Step::Twin(0),
        Step::Import(vec![(Preferences, true), (Inference, true), (Transfer, false)]),
        give(&[History, Inference]),
    ]);
}

/// A copy that is left behind takes its denials for anchored, from memory: a yes of the other copy has lifted them.
#[test]
fn a_copy_that_is_left_behind_anchors_nothing() {
    holds(&[
        Step::Import(vec![(Inference, true), (Preferences, false), (History, true)]),
        failing(Verb::Remove, Wrong::Lies, 1),
        Step::Twin(1),
        Step::Swap,
        Step::Backup,
        Step::All(Give),
        Step::Event(EventName::SelectPromotion, 2),
        Step::NotMe(30 * HOUR_MS),
        Step::EndTwin,
        Step::Maintain(false),
        Step::DiskFull(65_536),
        Step::Restore(0),
    ]);
}

/// Where the key store alone held a denial, an older copy of the files knows that it was put off before. Either way it
/// allows nothing.
#[test]
fn a_denial_that_the_files_never_heard_of_may_be_a_deferral_there() {
    holds(&[
        Step::Sensitive(SensitiveTag::Health, Defer),
        Step::Backup,
        Step::DiskFull(0),
        Step::Sensitive(SensitiveTag::Health, Refuse),
        Step::DiskFree,
        Step::Backup,
        Step::Record(vec![(Session, Give), (ModelImprovement, Give)]),
        Step::Restore(1),
    ]);
}

/// As above, with a yes since that has lifted it, and a key store that lied: the copy has nothing to anchor.
#[test]
fn a_denial_that_was_lifted_is_not_anchored_by_an_older_copy() {
    holds(&[
        failing(Verb::Store, Wrong::Lies, 2),
        Step::DiskFull(0),
        Step::All(Refuse),
        Step::Backup,
        Step::DiskFree,
        Step::All(Give),
        Step::Restore(0),
        Step::Twin(1),
    ]);
}

/// What ran out is caught up with by an answer that changes nothing.
#[test]
fn a_deferral_of_what_is_denied_notes_what_ran_out() {
    holds(&[
        Step::All(Give),
        Step::Record(vec![(Ranking, Refuse)]),
        Step::Backup,
        Step::Clock(3652 * DAY_MS),
        Step::Record(vec![(Ranking, Defer)]),
        Step::Twin(0),
    ]);
}

/// And what another copy denied, by an answer that is refused.
#[test]
fn a_yes_that_cannot_be_given_hears_of_denials() {
    holds(&[
        Step::All(Refuse),
        Step::Backup,
        Step::All(Give),
        Step::Prefer(2),
        Step::Twin(0),
        Step::Oppose(7),
        give(&[Session, History, Messaging]),
    ]);
}

/// How far device time has come is not known after a key store that failed: a yes may have run out before it is put off.
#[test]
fn what_may_have_run_out_may_be_put_off() {
    holds(&[
        Step::Clock(-100 * DAY_MS),
        Step::Backup,
        failing(Verb::Remove, Wrong::Unavailable, 1),
        Step::Clock(3652 * DAY_MS),
        give(&[Preferences]),
        Step::Maintain(true),
        Step::Clock(-3652 * DAY_MS),
        Step::Restore(0),
        Step::Signals(Surroundings { region: Region::California, ..GERMANY }),
        give(&[Inference]),
        Step::Clock(400 * DAY_MS),
        Step::Clock(-3652 * DAY_MS),
        Step::Record(vec![(Inference, Defer), (Session, Refuse), (Ranking, Defer)]),
    ]);
}

/// What an opening notes and cannot anchor, no older copy hears of yet.
#[test]
fn what_ran_out_at_an_opening_is_heard_of_once_it_is_settled() {
    holds(&[
        Step::Signals(GERMANY),
        Step::Sensitive(SensitiveTag::Health, Give),
        Step::Backup,
        Step::Shutdown,
        Step::Clock(400 * DAY_MS),
        failing(Verb::Store, Wrong::Unavailable, 8),
        give(&[Messaging]),
        Step::Restore(0),
    ]);
}

/// A new database that takes the place of one whose key is gone, while the disk has no room to complete it.
#[test]
fn a_new_beginning_on_a_full_disk() {
    holds(&[
        Step::Import(vec![(Measurement, false)]),
        Step::Signals(Surroundings { gpc: true, ..GERMANY }),
        Step::Withdraw(vec![History]),
        Step::Maintain(false),
        Step::DiskFull(65_536),
        Step::Twin(0),
        Step::Erase(Everything),
        Step::DiskFull(0),
        Step::Swap,
        Step::Move,
        Step::Withdraw(vec![Measurement, Session, Ranking]),
    ]);
}

/// An erasure that fails while one of everything is under way holds until a restart; the answer stays.
#[test]
fn an_erasure_that_failed_holds_when_everything_is_erased() {
    holds(&[
        failing(Verb::List, Wrong::DoneButFails, 2),
        Step::Erase(Everything),
        Step::Signals(Surroundings { region: Region::California, ..GERMANY }),
        give(&[Essential, History]),
        Step::Event(EventName::SelectPromotion, 0),
        failing(Verb::Store, Wrong::Unavailable, 1),
        Step::Erase(DataOf { purpose: History }),
        Step::Maintain(false),
        Step::Kill,
    ]);
}

/// A copy that lost its turn to another kept nothing of a deferral, and has not heard of the other's no yet.
#[test]
fn a_deferral_that_a_displaced_copy_did_not_keep() {
    holds(&[
        Step::Twin(2),
        give(&[Inference, Preferences]),
        Step::Record(vec![(Measurement, Refuse), (History, Refuse), (Ranking, Refuse)]),
        Step::Prefer(0),
        Step::Unprefer(7),
        Step::Swap,
        Step::Record(vec![(Ranking, Give), (Preferences, Give), (Ranking, Defer)]),
    ]);
}

/// What was personal stayed on the widget while the user shopped in private.
#[test]
fn nothing_personal_is_kept_or_shown_in_private() {
    holds(&[
        Step::All(Give),
        Step::Event(EventName::ViewItem, 0),
        Step::KeepForWidget,
        Step::Private(true),
        Step::Event(EventName::ViewItem, 1),
        Step::KeepForWidget,
        Step::Shutdown,
        Step::Event(EventName::ViewItem, 2),
        Step::Kill,
        Step::Event(EventName::ViewItem, 3),
    ]);
}
