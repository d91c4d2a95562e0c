//! What a user reads about each question, in their language.

use crate::signals::tests::*;

#[test]
fn a_question_says_in_every_language_what_is_asked_what_chance_does_and_how_much_it_tells() {
    let (home, gate) = Home::willing();
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(5)).unwrap();
    let several =
        measuring(serde_json::json!({"brands_of_interest": {"most": 2}}), &["none", "a", "b", "c"], 2);
    let sum = serde_json::json!({"revenue": {"currency": "EUR", "max": 50_000}});
    let mut sum = measuring(sum, &["none", "all"], 20);
    sum["id"] = "spent".into();
    let later = signed_set(&set_json(2, MONDAY, &[several, sum]));
    let said = |locale| eager(&gate).questions(Some(&permit(&gate)), Some(&later), locale).unwrap();
    let english = said("en");
    let names: Vec<_> = english.iter().map(|view| view.task_id.as_str()).collect();
    assert_eq!(names, ["asked", "spent", waits(&gate)[0].task_id.as_str()], "what is asked, then what waits");
    assert_eq!(english[0].asked, "Which brands interest you most?");
    assert!(english[0].chance.starts_with("Chance decides for each of 4 possible answers"), "{english:?}");
    assert!(english[0].odds.contains("up to 4 times"), "of two answers both count: {english:?}");
    assert!(english[1].chance.starts_with("The amount itself is never sent"), "{english:?}");
    assert!(english[1].odds.contains("up to 20 times"), "{english:?}");
    assert_eq!(
        (english[2].asked.as_str(), english[2].micro_epsilon),
        ("Which category interests you most?", COST)
    );
    assert!(
        english[2].chance.contains(": 3 of 12 possible answers") && english[2].odds.contains("up to 3 times")
    );
    let german = said("de-AT");
    assert_eq!(german[2].asked, "Welche Kategorie interessiert dich am meisten?");
    assert_eq!(said("de-x-formal")[2].asked, "Welche Kategorie interessiert Sie am meisten?");
    assert!(german[2].odds.contains("3-mal") && said("ar")[2].odds.contains("3 أضعاف"));
    let bare = eager(&gate).questions(None, Some(&later), "en").unwrap();
    assert_eq!(bare.len(), 2, "before a yes, what would be asked");
    drop(home);
}
