import { describe, expect, it } from 'vitest'

import { Keyboard, KEYS, nameOf, type Press } from './keys'

const press = (key: string, code = '', more: Partial<Press> = {}): Press => ({
  key, code, ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, isComposing: false, keyCode: 0, ...more,
})
const SHIFT = { shiftKey: true }
const ask = (p: Press, single = true, where: 'text' | 'control' | 'elsewhere' = 'elsewhere'): string | null =>
  new Keyboard().command(p, where, single, 0)

describe('nameOf', () => {
  it('reads letters by character, whatever the key', () => {
    expect(nameOf(press('a', 'KeyQ'))).toBe('a') // AZERTY
    expect(nameOf(press('z', 'KeyW'))).toBe('z')
    expect(nameOf(press('m', 'Semicolon'))).toBe('m')
    expect(nameOf(press('J', 'KeyJ'))).toBe('j') // Caps Lock
    expect(nameOf(press('J', 'KeyJ', SHIFT))).toBeNull()
  })
  it('reads digits by position', () => {
    expect(nameOf(press('à', 'Digit0'))).toBe('0') // AZERTY
    expect(nameOf(press('0', 'Digit0', SHIFT))).toBe('0')
    expect(nameOf(press('đ', 'Digit0'))).toBe('0') // Vietnamese
    expect(nameOf(press('0', 'Numpad0'))).toBe('0')
  })
  it('reads signs as they are written', () => {
    expect(nameOf(press('-', 'Digit6'))).toBe('-') // AZERTY
    expect(nameOf(press('+', 'Equal', SHIFT))).toBe('+')
    expect(nameOf(press('?', 'Comma', SHIFT))).toBe('?') // AZERTY
    expect(nameOf(press('/', 'Period', SHIFT))).toBe('/')
    expect(nameOf(press('/', 'Digit7', { ctrlKey: true, altKey: true }))).toBe('/')
  })
  it('leaves composing and the browser alone', () => {
    expect(nameOf(press('s', 'KeyS', { isComposing: true }))).toBeNull() // Telex: s is a tone
    expect(nameOf(press('s', 'KeyS', { keyCode: 229 }))).toBeNull()
    expect(nameOf(press('Process', 'KeyF'))).toBeNull()
    expect(nameOf(press('Dead', 'BracketLeft'))).toBeNull()
    expect(nameOf(press('a', 'KeyA', { altKey: true }))).toBeNull()
    expect(nameOf(press('K', 'KeyK', { ctrlKey: true, shiftKey: true }))).toBeNull()
  })
})

describe('Keyboard', () => {
  it('finds every key of the table', () => {
    for (const k of KEYS) {
      const keyboard = new Keyboard()
      if (k.after) expect(keyboard.command(press(k.after), 'elsewhere', true, 0)).toBeNull()
      const [mod, key] = k.key.includes('+') && k.key !== '+' ? k.key.split('+') : ['', k.key]
      const more = { ctrlKey: mod === 'Ctrl', shiftKey: mod === 'Shift' }
      const code = /\d/.test(k.key) ? `Digit${k.key}` : ''
      expect(keyboard.command(press(key ?? '', code, more), 'elsewhere', true, 100)).toBe(k.command)
    }
  })
  it('has no key twice', () => {
    const all = KEYS.map((k) => `${k.after ?? ''} ${k.key}`)
    expect(new Set(all).size).toBe(all.length)
  })
  it('does nothing in a field but Escape and the palette', () => {
    expect(ask(press('j'), true, 'text')).toBeNull()
    expect(ask(press('?'), true, 'text')).toBeNull()
    expect(ask(press('Escape'), true, 'text')).toBe('back')
    expect(ask(press('k', '', { ctrlKey: true }), true, 'text')).toBe('palette')
  })
  it('leaves Space, Enter and arrows to a control', () => {
    expect(ask(press(' '), true, 'control')).toBeNull()
    expect(ask(press('Enter'), true, 'control')).toBeNull()
    expect(ask(press('j'), true, 'control')).toBe('next-sign')
  })
  it('has one switch for single keys', () => {
    expect(ask(press('a'), false)).toBeNull()
    expect(ask(press('0', 'Digit0'), false)).toBeNull()
    expect(ask(press('k', '', { ctrlKey: true }), false)).toBe('palette')
    expect(ask(press('Escape'), false)).toBe('back')
  })
  it('knows s after g from s alone, and forgets g after a while', () => {
    const keyboard = new Keyboard()
    keyboard.command(press('g'), 'elsewhere', true, 0)
    expect(keyboard.command(press('s'), 'elsewhere', true, 500)).toBe('sources')
    expect(keyboard.command(press('s'), 'elsewhere', true, 600)).toBe('shelve')
    keyboard.command(press('g'), 'elsewhere', true, 1000)
    expect(keyboard.command(press('s'), 'elsewhere', true, 4000)).toBe('shelve')
  })
})
