//! What looks like a secret stays behind its mask.

use super::{
    super::fake::{Desk, setup},
    super::*,
};
use crate::memory::Signal;

#[test]
fn secrets_are_masked_until_a_person_asks() {
    const SECRET: &str = "Hunter2-loom-staging";
    let mut desk = Desk::new(8, (160, 50));
    let plant = |desk: &mut Desk| {
        for memory in &mut desk.fake.memories {
            memory.title = format!("login password={SECRET} works");
            memory.row.title.clone_from(&memory.title);
            memory.row.signals.set(Signal::Secret, true);
            memory.sections[0].items[0] = format!("the password: {SECRET} of the demo");
            memory.injection = Ok(format!("password: {SECRET}"));
        }
    };
    plant(&mut desk);
    for keys in ["r", "j enter", "q i", "q M d", "esc esc 3", "1 e f2 esc", "q enter d 3 enter"] {
        desk.keys(keys);
        let screen = desk.screen();
        assert!(desk.app.mode() == Mode::Field || !screen.contains(SECRET), "after {keys}: {screen}");
    }
    let mut desk = Desk::new(8, (180, 50));
    plant(&mut desk);
    desk.keys("r enter");
    assert!(desk.screen().contains("the password: •••••• of the demo"), "{}", desk.screen());
    desk.keys("Y");
    assert!(matches!(desk.effects.last(), Some(Effect::Copy(text)) if !text.contains(SECRET)));
    desk.keys("x");
    assert!(desk.screen().contains(&format!("the password: {SECRET} of the demo")));
    desk.keys("Y");
    assert!(matches!(desk.effects.last(), Some(Effect::Copy(text)) if text.contains(SECRET)));
    desk.keys("J");
    assert!(!desk.screen().contains(SECRET), "the next memory is masked again");
    let mut desk = Desk::with(8, Setup { mask_secrets: false, size: (180, 50), ..setup() });
    plant(&mut desk);
    desk.keys("r enter");
    assert!(desk.screen().contains(SECRET));
    assert_eq!(desk.app.can(crate::action::Action::Reveal), Err("Nothing is masked here".to_owned()));
}

#[test]
fn the_form_shows_a_secret_and_its_difference_does_not() {
    let mut desk = Desk::new(8, (160, 50));
    for memory in &mut desk.fake.memories {
        memory.sections[0].items[0] = "password: Hunter2-loom-staging".to_owned();
    }
    desk.keys("e");
    assert!(desk.screen().contains("Hunter2-loom-staging"), "a person edits the truth: {}", desk.screen());
    desk.keys("tab tab");
    desk.types("x");
    desk.keys("f2");
    let screen = desk.screen();
    assert!(!screen.contains("Hunter2") && screen.contains("password: ••••••"), "{screen}");
}
