//! Reed-Solomon correction of errors and erasures as in ISO/IEC 18004: over GF(256) with
//! `x^8 + x^4 + x^3 + x^2 + 1`, generator roots from `a^0` on.
//!
//! rxing corrects errors only. An erasure, a byte known to be doubtful, costs half as much.

use std::sync::LazyLock;

/// Powers of `a`, repeated once to save a modulo, and their logarithms.
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

fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    let log = |byte: u8| usize::from(TABLES.log[usize::from(byte)]);
    TABLES.power[log(a) + log(b)]
}

/// `a / b`; `b` must not be 0.
fn divide(a: u8, b: u8) -> u8 {
    let inverse = TABLES.power[255 - usize::from(TABLES.log[usize::from(b)])];
    multiply(a, inverse)
}

/// The value of a polynomial at `x`, lowest coefficient first.
fn evaluate(polynomial: &[u8], x: u8) -> u8 {
    let step = |sum: u8, &coefficient: &u8| multiply(sum, x) ^ coefficient;
    polynomial.iter().rev().fold(0, step)
}

/// The values of a block at the roots of the generator: all zero if it has no errors.
fn syndromes(block: &[u8], parity: usize) -> Vec<u8> {
    let at = |root: usize| {
        let x = power(root);
        block.iter().fold(0, |sum, &byte| multiply(sum, x) ^ byte)
    };
    (0..parity).map(at).collect()
}

/// Corrects `block` in place. Its last `parity` bytes are check bytes; `erasures` are indices of
/// bytes that are not trusted. Gives how many bytes were wrong or erased; none if there are too
/// many, and the block is then unchanged.
pub(crate) fn correct(block: &mut [u8], parity: usize, erasures: &[usize]) -> Option<usize> {
    let syndromes = syndromes(block, parity);
    if syndromes.iter().all(|&syndrome| syndrome == 0) {
        return Some(0);
    }
    if erasures.len() >= parity || block.len() > 255 {
        return None;
    }
    let locator = error_locator(&syndromes, block.len(), erasures);
    let degree = locator.iter().rposition(|&coefficient| coefficient != 0)?;
    let wrong = wrong_bytes(&locator, block.len());
    if wrong.len() != degree || 2 * degree > parity + erasures.len() {
        return None;
    }
    let corrected = forney(block, &syndromes, &locator, &wrong)?;
    if self::syndromes(&corrected, parity)
        .iter()
        .any(|&syndrome| syndrome != 0)
    {
        return None;
    }
    block.copy_from_slice(&corrected);
    Some(degree)
}

/// The error locator polynomial, by Berlekamp-Massey started from the erasures.
fn error_locator(syndromes: &[u8], length: usize, erasures: &[usize]) -> Vec<u8> {
    let parity = syndromes.len();
    let mut locator = vec![0; parity + 1];
    locator[0] = 1;
    for &index in erasures {
        let x = power(length - 1 - index);
        for i in (1..=parity).rev() {
            locator[i] ^= multiply(locator[i - 1], x);
        }
    }
    let mut previous = locator.clone();
    let mut errors = erasures.len();
    for round in erasures.len() + 1..=parity {
        let terms = locator.iter().take(round).enumerate();
        let discrepancy = terms.fold(0, |sum, (i, &c)| {
            sum ^ multiply(c, syndromes[round - 1 - i])
        });
        previous.rotate_right(1);
        previous[0] = 0;
        if discrepancy == 0 {
            continue;
        }
        let pairs = locator.iter().zip(&previous);
        let next: Vec<u8> = pairs.map(|(&a, &b)| a ^ multiply(discrepancy, b)).collect();
        if 2 * errors < round + erasures.len() {
            errors = round + erasures.len() - errors;
            previous = locator.iter().map(|&c| divide(c, discrepancy)).collect();
        }
        locator = next;
    }
    locator
}

/// The indices of the wrong bytes: those at the roots of the locator (Chien search).
fn wrong_bytes(locator: &[u8], length: usize) -> Vec<usize> {
    let is_root = |&index: &usize| {
        let exponent = length - 1 - index;
        evaluate(locator, power(255 - exponent % 255)) == 0
    };
    (0..length).filter(is_root).collect()
}

/// The block with its wrong bytes corrected (Forney's formula).
fn forney(block: &[u8], syndromes: &[u8], locator: &[u8], wrong: &[usize]) -> Option<Vec<u8>> {
    let evaluator: Vec<u8> = (0..syndromes.len())
        .map(|i| (0..=i).fold(0, |sum, j| sum ^ multiply(locator[j], syndromes[i - j])))
        .collect();
    let odd = |(i, &c): (usize, &u8)| if i % 2 == 0 { c } else { 0 };
    let derivative: Vec<u8> = locator[1..].iter().enumerate().map(odd).collect();
    let mut corrected = block.to_vec();
    for &index in wrong {
        let exponent = (block.len() - 1 - index) % 255;
        let inverse = power(255 - exponent);
        let denominator = evaluate(&derivative, inverse);
        if denominator == 0 {
            return None;
        }
        let numerator = multiply(power(exponent), evaluate(&evaluator, inverse));
        corrected[index] ^= divide(numerator, denominator);
    }
    Some(corrected)
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
        for (wrong, erasures) in cases {
            let mut block = damaged(wrong);
            assert!(correct(&mut block, 10, erasures).is_some(), "{wrong:?}");
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
