//! Copying through the terminal itself (OSC 52), which works over ssh and inside tmux.

/// The bytes that ask the terminal to put a text on the clipboard.
///
/// Format: `ESC ] 52 ; c ; BASE64 BEL` (xterm, *Operating System Commands*). Inside tmux it is wrapped in tmux's
/// passthrough, `ESC P tmux; … ESC \` with every ESC doubled, and sent plain as well, because which of the two tmux
/// lets through is the user's setting.
pub(super) fn osc52(text: &str, inside_tmux: bool) -> Vec<u8> {
    let plain = format!("\x1b]52;c;{}\x07", base64(text.as_bytes()));
    if inside_tmux {
        let wrapped = plain.replace('\x1b', "\x1b\x1b");
        return format!("{plain}\x1bPtmux;{wrapped}\x1b\\").into_bytes();
    }
    plain.into_bytes()
}

/// RFC 4648 base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| ALPHABET.get((bits & 63) as usize).map_or('=', |&byte| char::from(byte));
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |n: usize| chunk.get(n).copied().map_or(0, u32::from);
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        out.push(digit(bits >> 18));
        out.push(digit(bits >> 12));
        out.push(if chunk.len() > 1 { digit(bits >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { digit(bits) } else { '=' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_vectors_of_rfc_4648() {
        for (plain, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn tmux_gets_it_wrapped_and_no_escape_of_the_text_survives() {
        let bytes = osc52("\x1b[31mred\x07", true);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\x1b]52;c;G1szMW1yZWQH\x07\x1bPtmux;\x1b\x1b]52;c;G1szMW1yZWQH\x07\x1b\\");
    }
}
