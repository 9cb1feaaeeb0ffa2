import { describe, expect, it } from 'vitest'

import { square } from './square'

/** Rows as numbers in base 16, as another encoder (python-qrcode 8, BSD) makes them: version 3, level L, mask 0. */
const ADDRESS = 'otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP'
const ROWS =
  '1fc8cb7f 104a3341 1755445d 174fd65d 1740765d 104b2a41 1fd5557f 18bf00 1df40bc4 3b0d14b 278c1ef 1ea0fa92 4d318c9 ' +
  'a0bd141 18d1945f 82acf82 5640b6b a8b59c1 14ed4ca7 8a6ce51 10ffd9f2 1bdb1f 1fdcc357 105ffd1a 17551dfb 1743963d ' +
  '17590851 10568d1a 1fd80be3'
/** SHA-256 of the modules, one byte each, of 120 times w: version 6, two blocks. */
const LONGER = '08fba7ae38be9fdb1a82fd1feb2ff007fabab4e27c8cefba3f045c9b8e591a1e'

const bits = (row: readonly boolean[]): string => row.map(Number).join('')

describe('a QR code', () => {
  it('is the same as that of another encoder', () => {
    expect(square(ADDRESS)?.map((row) => parseInt(bits(row), 2).toString(16)).join(' ')).toBe(ROWS)
  })
  it('is so in two blocks, too', async () => {
    const modules = Uint8Array.from((square('w'.repeat(120)) ?? []).flat().map(Number))
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', modules))
    expect([...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(LONGER)
  })
  it('grows with the text, up to 230 bytes', () => {
    expect(square('q'.repeat(230))?.length).toBe(53)
    expect(square('q'.repeat(231))).toBeNull()
    expect(square('é'.repeat(116))).toBeNull()
  })
})
