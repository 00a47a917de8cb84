//! The escapes of `$'…'`.

/// The text without its escapes.
pub(super) fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut result);
    }
    result.push_str(rest);
    result.replace("\r\n", "\n")
}

/// Adds what the escape after a backslash stands for; gives what follows it.
fn escape<'a>(text: &'a str, result: &mut String) -> &'a str {
    let Some(letter) = text.chars().next() else {
        result.push('\\');
        return text;
    };
    let rest = &text[letter.len_utf8()..];
    let plain = match letter {
        'a' => '\x07',
        'b' => '\x08',
        'e' | 'E' => '\x1b',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' | '\'' | '"' | '?' => letter,
        'x' => return number(rest, 2, 16, letter, result),
        'u' => return number(rest, 4, 16, letter, result),
        'U' => return number(rest, 8, 16, letter, result),
        '0'..='7' => return number(text, 3, 8, letter, result),
        'c' if rest.starts_with(|next: char| next.is_ascii()) => {
            result.push(char::from(rest.as_bytes()[0] & 0x1f));
            return &rest[1..];
        }
        _ => {
            result.push('\\');
            letter
        }
    };
    result.push(plain);
    rest
}

/// A character by its number, of at most `most` digits.
fn number<'a>(text: &'a str, most: usize, radix: u32, letter: char, result: &mut String) -> &'a str {
    let length = text.bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let value = u32::from_str_radix(&text[..length], radix).ok();
    match value.map(|value| if radix == 8 { value & 0xff } else { value }).and_then(char::from_u32) {
        Some(character) => result.push(character),
        None => {
            result.push('\\');
            if radix == 16 {
                result.push(letter);
            }
            result.push_str(&text[..length]);
        }
    }
    &text[length..]
}
