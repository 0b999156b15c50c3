import { build } from './steps.mjs'

await build()
