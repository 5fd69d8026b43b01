/// The page's stylesheet: tokens, base, then the parts from the outside in.
enum PhoneStyle {
    static let css = """
        :root {
          color-scheme: light dark;
          --ground: light-dark(#e9edf2, #0d1117);
          --surface: light-dark(#ffffff, #161b22);
          --raised: light-dark(#f4f6f9, #1f262e);
          --line: light-dark(#d3dae2, #303943);
          --strong-line: light-dark(#7b8794, #77828e);
          --text: light-dark(#16202b, #e8edf3);
          --quiet: light-dark(#52606d, #a4b0bd);
          --accent: light-dark(#0b5cc4, #6cb0ff);
          --mine: light-dark(#0b5cc4, #1d5fb8);
          --mine-text: #ffffff;
          --theirs: light-dark(#e6ebf1, #2a333d);
          --bad: light-dark(#a8201a, #ff9d94);
          --bad-ground: light-dark(#fdecea, #3b1c1b);
          --notice: light-dark(#fff4d6, #3a3012);
          --bezel: light-dark(#10161d, #000000);
          --radius: 20px;
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        }

        *, *::before, *::after { box-sizing: border-box; }
        body { margin: 0; min-height: 100dvh; background: var(--ground); color: var(--text); }
        h1, h2, h3, p, ul, ol { margin: 0; padding: 0; }
        ul, ol { list-style: none; }
        a { color: var(--accent); }
        button, input, textarea { font: inherit; color: inherit; }
        button { cursor: pointer; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 2;
          stroke-linecap: round; stroke-linejoin: round; }
        .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap; }
        .number { font-variant-numeric: tabular-nums; color: var(--quiet); }

        /* Small screen first: a bar, the phone as high as the screen allows, then the phones to choose from. */
        .top { display: flex; align-items: center; justify-content: space-between; gap: 16px; height: 52px;
          padding: 0 16px; }
        .top h1 { font-size: 18px; line-height: 24px; overflow-wrap: anywhere; }
        .languages { display: flex; gap: 4px; }
        .languages a { display: inline-flex; align-items: center; min-height: 44px; padding: 0 8px; font-size: 15px; }
        .languages a[aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
        .stage { display: grid; grid-template-columns: minmax(0, 1fr); gap: 24px; }

        .phone { display: flex; flex-direction: column; height: calc(100dvh - 52px); min-height: 480px;
          background: var(--surface); overflow: hidden; }
        .phone.idle { justify-content: center; }
        .owner { display: flex; align-items: center; gap: 12px; min-height: 52px; padding: 4px 16px; font-size: 14px;
          background: var(--raised); border-block: 1px solid var(--line); }
        .owner h2 { font-size: 15px; line-height: 20px; overflow: hidden; text-overflow: ellipsis;
          white-space: nowrap; }
        .owner div { flex: 1; min-width: 0; }
        .owner .number { font-size: 13px; line-height: 18px; white-space: nowrap; }
        .owner .change { display: inline-flex; align-items: center; min-height: 44px;
          white-space: nowrap; }
        .contact { display: flex; align-items: center; gap: 12px; padding: 10px 16px;
          border-bottom: 1px solid var(--line); }
        .contact h3 { font-size: 16px; line-height: 20px; }
        .contact p { font-size: 13px; line-height: 18px; color: var(--quiet); font-variant-numeric: tabular-nums; }
        .contact .link { margin-left: auto; }
        .avatar { display: grid; place-items: center; flex: none; width: 40px; height: 40px; border-radius: 50%;
          background: var(--mine); color: var(--mine-text); font-weight: 600; font-size: 15px; }

        /* Reversed, so that the newest bubble is in view without a script. */
        .scroll { flex: 1; min-height: 0; overflow-y: auto; display: flex; flex-direction: column-reverse;
          overscroll-behavior: contain; }
        .scroll:focus-visible { outline-offset: -3px; }
        .thread { display: flex; flex-direction: column; gap: 10px; padding: 16px; margin-bottom: auto; }
        .message { display: flex; flex-direction: column; max-width: 82%; }
        .mine { align-self: flex-end; align-items: flex-end; }
        .theirs { align-self: flex-start; align-items: flex-start; }
        .bubble { padding: 8px 14px; border-radius: 18px; white-space: pre-wrap; overflow-wrap: anywhere;
          line-height: 22px; }
        .mine .bubble { background: var(--mine); color: var(--mine-text); border-bottom-right-radius: 6px; }
        .theirs .bubble { background: var(--theirs); border-bottom-left-radius: 6px; }
        .theirs.bad .bubble { background: none; border: 1px dashed var(--strong-line); color: var(--quiet); }
        .picture { display: block; max-width: 220px; max-height: 220px; border-radius: 14px; margin-bottom: 4px;
          border: 1px solid var(--line); background: var(--raised); }
        .state { padding: 2px 6px 0; font-size: 13px; line-height: 18px; color: var(--quiet); }
        .mine .state { text-align: right; }
        .bad .state { color: var(--bad); }
        .state time { font-variant-numeric: tabular-nums; }
        .day { align-self: center; font-size: 13px; line-height: 18px; color: var(--quiet); font-weight: 600; }
        .notice { display: flex; align-items: center; gap: 12px; padding: 10px 14px; border-radius: 12px;
          background: var(--notice);
          font-size: 14px; line-height: 20px; }
        .empty { display: flex; flex-direction: column; align-items: center; gap: 4px; padding: 48px 24px;
          text-align: center; color: var(--quiet); }
        .empty strong { color: var(--text); }

        .composer { padding: 8px 12px 12px; border-top: 1px solid var(--line); background: var(--surface); }
        .problem p, p.problem { color: var(--bad); }
        .composer .problem p { margin: 2px 0 8px; padding: 8px 12px; border-radius: 12px; font-size: 14px;
          line-height: 20px; background: var(--bad-ground); }
        .chips { display: flex; gap: 8px; margin: 0 -12px; padding: 2px 12px 8px; overflow-x: auto;
          scrollbar-width: none; }
        .chip { flex: none; min-width: 44px; min-height: 44px; max-width: 240px; padding: 0 14px; border-radius: 22px;
          border: 1px solid var(--line); background: var(--raised); color: var(--accent); font-size: 14px;
          overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .line { display: flex; align-items: flex-end; gap: 8px; }
        .field { flex: 1; display: flex; min-width: 0; }
        .field textarea { width: 100%; min-height: 44px; max-height: 140px; padding: 10px 16px; border-radius: 22px;
          border: 1px solid var(--strong-line); background: var(--surface); line-height: 22px; resize: none;
          field-sizing: content; }
        .field textarea::placeholder { color: var(--quiet); opacity: 1; }
        .attach, .send { display: grid; place-items: center; flex: none; width: 44px; height: 44px;
          border-radius: 50%; }
        .attach { position: relative; color: var(--quiet); cursor: pointer; }
        .attach input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
        .attach:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
        .send { border: 0; background: var(--mine); color: var(--mine-text); }
        .chosen { display: block; font-size: 13px; line-height: 18px; color: var(--quiet);
          overflow-wrap: anywhere; }
        .chosen:not(:empty) { padding: 6px 8px 0 52px; }
        /* Without scripts nothing else could show which picture is chosen. */
        @media (scripting: none) {
          .line { flex-wrap: wrap; }
          .attach { order: 3; width: 100%; border-radius: 8px; }
          .attach svg { display: none; }
          .attach input { opacity: 1; }
        }

        .side { padding: 0 16px 32px; }
        .side h2 { margin: 20px 0 8px; font-size: 16px; line-height: 24px; }
        .lead, .note { color: var(--quiet); }
        .note { margin-top: 20px; font-size: 14px; line-height: 20px; }
        .people { display: grid; gap: 8px; }
        .people a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 12px; padding: 10px 14px;
          border: 1px solid var(--line); border-radius: 12px; background: var(--surface); color: inherit;
          text-decoration: none; }
        .people a:hover { border-color: var(--accent); }
        .people a[aria-current] { border-color: var(--accent); box-shadow: inset 4px 0 0 var(--accent); }
        .people .name { font-weight: 600; }
        .people .hint { grid-column: 1 / -1; font-size: 14px; line-height: 20px; color: var(--quiet); }
        .other { margin-top: 20px; }
        .other label { font-weight: 600; }
        .other div { display: flex; flex-wrap: wrap; gap: 8px; margin: 6px 0 4px; }
        .other input { flex: 1 1 140px; min-width: 0; height: 44px; padding: 0 14px; border-radius: 10px;
          border: 1px solid var(--strong-line); background: var(--surface); }
        .other input[aria-invalid] { border-color: var(--bad); }
        .other button { min-height: 44px; padding: 0 16px; border-radius: 10px; border: 1px solid var(--strong-line);
          background: var(--surface); font-weight: 600; }
        .other p { font-size: 14px; line-height: 20px; color: var(--quiet); }
        .other p.problem { color: var(--bad); }

        /* Wide screen: the phone as an object on the table, the choice beside it. */
        @media (min-width: 900px) {
          .top { max-width: 912px; height: 72px; margin: 0 auto; padding: 0; }
          .top h1 { font-size: 24px; line-height: 32px; }
          .stage { grid-template-columns: 400px minmax(0, 448px); gap: 64px; justify-content: center;
            align-items: start; padding: 0 24px 32px; }
          .phone { position: sticky; top: 16px; height: min(800px, calc(100dvh - 104px));
            border: 10px solid var(--bezel); border-radius: 44px; outline: 1px solid var(--line);
            box-shadow: 0 20px 48px rgb(0 0 0 / 0.22); }
          .owner { border-top: 0; padding: 6px 20px; }
          .owner div { display: flex; align-items: center; justify-content: space-between; gap: 12px; }
          .owner .change { display: none; }
          .composer { padding-bottom: 20px; }
          .chips { flex-wrap: wrap; overflow: visible; }
          .chip { min-height: 36px; min-width: 40px; padding: 0 12px; max-width: 100%; }
          .side { padding: 0; }
        }

        @media (prefers-reduced-motion: no-preference) {
          .message { animation: arrive 160ms ease-out; }
          @keyframes arrive { from { opacity: 0; translate: 0 6px; } }
        }

        """
}
