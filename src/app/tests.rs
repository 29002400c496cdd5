//! State, keys, state.

use super::fake::Desk;

#[test]
fn look() {
    let size = std::env::var("LOOK").unwrap_or_else(|_| "80x24".to_owned());
    let (w, h) = size.split_once('x').unwrap();
    let mut desk = Desk::new(197, (w.parse().unwrap(), h.parse().unwrap()));
    desk.keys(&std::env::var("KEYS").unwrap_or_default());
    if let Ok(text) = std::env::var("TYPE") {
        desk.types(&text);
        desk.keys(&std::env::var("THEN").unwrap_or_default());
    }
    println!("{}", desk.screen());
}
