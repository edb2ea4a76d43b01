//! Reed-Solomon correction with erasures, as ISO/IEC 18004 uses it: bytes modulo
//! `x^8 + x^4 + x^3 + x^2 + 1`, generator roots from `a^0` on.
//!
//! rxing corrects errors only. A module that could not be told dark from light is known to be
//! doubtful, and a doubtful byte costs half of what an unknown error costs.

use std::sync::LazyLock;

/// Powers of the generator, twice over, and their logarithms.
struct Tables {
    power: [u8; 510],
    log: [u8; 256],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        power: [0; 510],
        log: [0; 256],
    };
    let mut value = 1_u16;
    for exponent in 0..255_u8 {
        let byte = u8::try_from(value).unwrap_or_default();
        tables.power[usize::from(exponent)] = byte;
        tables.power[usize::from(exponent) + 255] = byte;
        tables.log[usize::from(byte)] = exponent;
        value <<= 1;
        if value > 255 {
            value ^= 0x11D;
        }
    }
    tables
});

/// `a` to the power of `exponent`.
fn power(exponent: usize) -> u8 {
    TABLES.power[exponent % 255]
}

fn times(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    let log = |byte: u8| usize::from(TABLES.log[usize::from(byte)]);
    TABLES.power[log(a) + log(b)]
}

/// `a / b`; `b` is not 0.
fn over(a: u8, b: u8) -> u8 {
    let inverse = TABLES.power[255 - usize::from(TABLES.log[usize::from(b)])];
    times(a, inverse)
}

/// The value of a polynomial, lowest coefficient first.
fn value(polynomial: &[u8], x: u8) -> u8 {
    let step = |sum: u8, &coefficient: &u8| times(sum, x) ^ coefficient;
    polynomial.iter().rev().fold(0, step)
}

/// What a block must give at the roots of the generator: all zero when it is whole.
fn syndromes(block: &[u8], parity: usize) -> Vec<u8> {
    let at = |root: usize| {
        let x = power(root);
        block.iter().fold(0, |sum, &byte| times(sum, x) ^ byte)
    };
    (0..parity).map(at).collect()
}

/// Corrects `block`, whose last `parity` bytes are the check bytes, in place; `erased` are
/// indices of bytes that are not trusted. Gives how many bytes were wrong or erased, or none
/// when it is beyond repair (the block is then unchanged).
pub(crate) fn correct(block: &mut [u8], parity: usize, erased: &[usize]) -> Option<usize> {
    let syndromes = syndromes(block, parity);
    if syndromes.iter().all(|&syndrome| syndrome == 0) {
        return Some(0);
    }
    if erased.len() >= parity || block.len() > 255 {
        return None;
    }
    let locator = locator(&syndromes, block.len(), erased);
    let degree = locator.iter().rposition(|&coefficient| coefficient != 0)?;
    let wrong = roots(&locator, block.len());
    if wrong.len() != degree || 2 * degree > parity + erased.len() {
        return None;
    }
    let fixed = repaired(block, &syndromes, &locator, &wrong)?;
    if self::syndromes(&fixed, parity)
        .iter()
        .any(|&syndrome| syndrome != 0)
    {
        return None;
    }
    block.copy_from_slice(&fixed);
    Some(degree)
}

/// The polynomial whose roots tell the places that are wrong: Berlekamp and Massey's way,
/// started from the erasures.
fn locator(syndromes: &[u8], length: usize, erased: &[usize]) -> Vec<u8> {
    let parity = syndromes.len();
    let mut locator = vec![0; parity + 1];
    locator[0] = 1;
    for &index in erased {
        let x = power(length - 1 - index);
        for i in (1..=parity).rev() {
            locator[i] ^= times(locator[i - 1], x);
        }
    }
    let mut before = locator.clone();
    let mut errors = erased.len();
    for round in erased.len() + 1..=parity {
        let terms = locator.iter().take(round).enumerate();
        let gap = terms.fold(0, |sum, (i, &c)| sum ^ times(c, syndromes[round - 1 - i]));
        before.rotate_right(1);
        before[0] = 0;
        if gap == 0 {
            continue;
        }
        let pairs = locator.iter().zip(&before);
        let next: Vec<u8> = pairs.map(|(&a, &b)| a ^ times(gap, b)).collect();
        if 2 * errors < round + erased.len() {
            errors = round + erased.len() - errors;
            before = locator.iter().map(|&c| over(c, gap)).collect();
        }
        locator = next;
    }
    locator
}

/// The indices in the block that the locator names.
fn roots(locator: &[u8], length: usize) -> Vec<usize> {
    let names = |&index: &usize| {
        let exponent = length - 1 - index;
        value(locator, power(255 - exponent % 255)) == 0
    };
    (0..length).filter(names).collect()
}

/// The block with the wrong bytes replaced (Forney's formula).
fn repaired(block: &[u8], syndromes: &[u8], locator: &[u8], wrong: &[usize]) -> Option<Vec<u8>> {
    let evaluator: Vec<u8> = (0..syndromes.len())
        .map(|i| (0..=i).fold(0, |sum, j| sum ^ times(locator[j], syndromes[i - j])))
        .collect();
    let odd = |(i, &c): (usize, &u8)| if i % 2 == 0 { c } else { 0 };
    let slope: Vec<u8> = locator[1..].iter().enumerate().map(odd).collect();
    let mut fixed = block.to_vec();
    for &index in wrong {
        let exponent = (block.len() - 1 - index) % 255;
        let inverse = power(255 - exponent);
        let below = value(&slope, inverse);
        if below == 0 {
            return None;
        }
        let above = times(power(exponent), value(&evaluator, inverse));
        fixed[index] ^= over(above, below);
    }
    Some(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of ISO/IEC 18004 Annex I: version 1-M, 16 data and 10 check bytes.
    const WHOLE: [u8; 26] = [
        0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC,
        0x11, 0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55,
    ];

    fn damaged(places: &[usize]) -> [u8; 26] {
        let mut block = WHOLE;
        for &place in places {
            block[place] ^= 0x5A;
        }
        block
    }

    #[test]
    fn a_whole_block_needs_nothing() {
        assert_eq!(correct(&mut WHOLE.clone(), 10, &[]), Some(0));
    }

    #[test]
    fn five_errors_or_nine_erasures_or_a_mixture_are_corrected() {
        let cases: [(&[usize], &[usize]); 4] = [
            (&[0, 3, 7, 20, 25], &[]),
            (&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
            (&[0, 1, 2, 9, 20, 21], &[0, 1, 2, 9]),
            (&[11], &[4, 5, 6]),
        ];
        for (wrong, erased) in cases {
            let mut block = damaged(wrong);
            assert!(correct(&mut block, 10, erased).is_some(), "{wrong:?}");
            assert_eq!(block, WHOLE);
        }
    }

    #[test]
    fn too_much_is_refused_and_left_as_it_was() {
        let mut block = damaged(&[0, 3, 7, 11, 13, 17, 20]);
        let before = block;
        assert_eq!(correct(&mut block, 10, &[]), None);
        assert_eq!(block, before);
    }
}
