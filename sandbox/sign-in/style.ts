/** The look of the sign-in pages: the local tenant's own, legible in light and dark. */
export const style = `
:root { color-scheme: light dark; --ink: #1d2733; --dim: #56657a; --paper: #ffffff; --ground: #e6edf2;
  --line: #c6d2dc; --accent: #0b6470; --on-accent: #ffffff; --hover: #eef6f7; --bad: #a1260d }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eef4; --dim: #a5b4c4; --paper: #1c252e; --ground: #10171d;
  --line: #3b4a58; --accent: #6cc7d1; --on-accent: #06262b; --hover: #24313c; --bad: #ff9b85 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground) }
main { width: 100%; max-width: 27rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 14px; padding: 2rem; box-shadow: 0 12px 40px rgb(0 0 0 / .09) }
.tenant { display: flex; align-items: center; gap: .6rem; margin: 0 0 1.4rem; font-weight: 600; color: var(--dim) }
.tenant::before { content: ""; width: 1.1rem; height: 1.1rem; border-radius: 50% 50% 50% 4px; background: var(--accent) }
.tenant small { margin-left: auto; font-weight: 400 }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .4rem }
p { margin: 0 0 1rem } .dim { color: var(--dim) } .bad { color: var(--bad); overflow-wrap: anywhere }
ul { list-style: none; margin: 0 0 1.2rem; padding: 0 } li { margin: 0 0 .4rem }
.account { width: 100%; display: flex; gap: .8rem; align-items: center; text-align: left; font: inherit; color: inherit;
  background: none; border: 1px solid var(--line); border-radius: 10px; padding: .4rem .8rem; cursor: pointer }
.account:hover { background: var(--hover); border-color: var(--accent) }
.account i { flex: none; width: 2.2rem; height: 2.2rem; border-radius: 50%; display: grid; place-items: center;
  font-style: normal; font-size: .85rem; color: var(--on-accent); background: var(--accent) }
.account b, .account small { display: block } .account span { min-width: 0; overflow-wrap: anywhere }
.account small, .permission small { color: var(--dim) }
.permission { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem .8rem } .permission small { display: block }
label { display: block; font-weight: 600; margin: 0 0 .3rem }
input[type=text] { width: 100%; font: inherit; font-size: 1.3rem; letter-spacing: .12em; text-transform: uppercase;
  padding: .5rem .8rem; border: 1px solid var(--dim); border-radius: 10px; color: inherit; background: transparent; margin: 0 0 1.2rem }
.buttons { display: flex; gap: .6rem; justify-content: flex-end }
.buttons button { font: inherit; padding: .5rem 1.3rem; border-radius: 10px; cursor: pointer;
  border: 1px solid var(--dim); background: none; color: inherit }
.buttons .first { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600 }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
code { font-size: 1.3rem; letter-spacing: .12em }
`
