import { mount } from 'svelte'

import './tokens.css'
import './base.css'
import Gate from './people/Gate.svelte'

const target = document.getElementById('app')
if (target) mount(Gate, { target })
