//! What is about sensitive topics, and what later catalogs call so.

use super::*;

#[test]
fn what_a_topic_says_ends_with_the_yes_in_the_middle_of_a_call() {
    let home = Home::new();
    let gate = home.open_with_a_topic();
    let profile = Profile::load(&gate).unwrap();
    assert_eq!(home.track(&gate, &profile, buy("i9")), stored());
    assert_eq!(home.recent(&gate, &profile), [9]);
    let permits = Permits::ask(&gate);
    home.clock.advance(91 * DAY_MS);
    assert!(permits.ranking.as_ref().is_ok_and(|permit| permit.check().is_ok()), "the others hold on");
    let user = User::known(&profile, &permits).unwrap();
    assert!(Evidence::gather(user, &home.catalog, home.now()).is_err());
    assert!(home.recent(&gate, &profile).is_empty(), "before anything is erased");
}

#[test]
fn a_no_to_a_topic_is_followed_in_memory_whatever_the_disk_does() {
    let home = Home::new();
    let gate = home.open_with_a_topic();
    let profile = Profile::load(&gate).unwrap();
    home.track(&gate, &profile, buy("i9"));
    home.track(&gate, &profile, buy("i1"));
    gate.answer_sensitive(SensitiveTag::Health, Choice::Refuse, "test", "en").unwrap();
    gate.shutdown();
    assert!(profile.follow(&gate).is_err());
    assert_eq!(profile.state().past.iter().map(|p| p.topic).collect::<Vec<_>>(), [None]);
}

#[test]
fn an_item_that_a_later_catalog_calls_sensitive_no_longer_counts() {
    let mut home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    home.track(&gate, &profile, buy("i1"));
    assert_eq!(home.recent(&gate, &profile), [1]);
    home.catalog = Home::shop(&[1, 9]);
    assert!(home.evidence(&gate, &profile).is_empty());
}

#[test]
fn what_is_kept_under_a_topic_stays_under_it_whatever_a_later_catalog_says() {
    let mut home = Home::new();
    let gate = home.open_with_a_topic();
    let profile = Profile::load(&gate).unwrap();
    home.track(&gate, &profile, buy("i9"));
    home.catalog = Home::shop(&[]);
    let permits = Permits::ask(&gate);
    let user = User::known(&profile, &permits).unwrap();
    let known = |user| Evidence::gather(user, &home.catalog, home.now()).unwrap();
    assert!(!known(user).is_empty() && known(user.discreet()).is_empty());
}

#[test]
fn nothing_is_noted_by_an_older_catalog_than_the_one_it_would_be_held_against() {
    let home = Home::new();
    let gate = home.open_with_a_topic();
    let profile = Profile::load(&gate).unwrap();
    assert_eq!(home.track(&gate, &profile, buy("i1")), stored());
    let newer = Home::shop_of(2, &[1]);
    assert!(profile.follow_catalog(&gate, &newer).unwrap(), "it marks what was bought");
    let permits = Permits::ask(&gate);
    let late = profile.track(&gate, &permits, &home.catalog, buy("i1"), home.now());
    assert!(matches!(late, Err(ProfileError::OlderCatalog)), "{late:?}");
    assert!(!profile.follow_catalog(&gate, &home.catalog).unwrap(), "nor is it held against that one");
    assert!(!profile.follow_catalog(&gate, &newer).unwrap(), "once is enough");
    let topics: Vec<_> = profile.state().past.iter().map(|p| p.topic).collect();
    assert_eq!(topics, [Some(SensitiveTag::Health)]);
}

#[test]
fn an_event_in_parts_is_one_act_of_a_user() {
    let home = Home::new();
    let gate = home.open_with_a_topic();
    let profile = Profile::load(&gate).unwrap();
    let both = |i: usize| {
        let list = Some(i.to_string());
        let event = Event { transaction_id: list, ..Event::about(EventName::SelectItem, ["i1", "i9"]) };
        home.clock.advance(200);
        profile.track(&gate, &Permits::ask(&gate), &home.catalog, event, home.now()).unwrap()
    };
    assert!((0..40).map(both).all(|outcome| outcome == stored()));
    assert_eq!(profile.state().past.len(), 80);
    assert_eq!(both(40), dropped(DropReason::Bot));
}

#[test]
fn a_liking_of_what_stands_for_a_topic_counts_only_where_the_topic_may() {
    let home = Home { catalog: Home::shop(&[1, 4]), ..Home::new() };
    let gate = home.open_with_a_topic();
    let profile = Profile::load(&gate).unwrap();
    let permits = Permits::ask(&gate);
    profile.may_say(&permits, &home.catalog, PreferenceKey::Category, "Hats").unwrap();
    let permit = gate.permit().unwrap();
    profile.prefer(&gate, &permit, PreferenceKey::Category, "Hats", home.now()).unwrap();
    let user = User::known(&profile, &permits).unwrap();
    let stated = |user: User<'_>| Evidence::gather(user, &home.catalog, home.now()).unwrap().stated.len();
    assert_eq!((stated(user), stated(user.discreet())), (1, 0));
}
