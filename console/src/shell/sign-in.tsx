import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { useServices } from './services.ts';

/** Asks for a key where there is none, or one that the gateway refused. */
export function SignIn({ reason }: { readonly reason: string }): JSX.Element {
  const { signIn } = useServices();
  const [key, setKey] = useState('');
  return (
    <form
      class="sign-in card"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== '') signIn(key.trim());
      }}
    >
      <Icon name="key" />
      <h1>Sign in</h1>
      <p>
        The console needs an API key. <code>feedmill up</code> prints an address that brings one
        along; keys for others are made with <code>feedmill key</code>.
      </p>
      <label for="key">API key</label>
      <input
        id="key"
        type="password"
        autocomplete="off"
        spellcheck={false}
        value={key}
        onInput={(event) => setKey(event.currentTarget.value)}
      />
      <p class="refusal">{reason}</p>
      <button type="submit" class="primary">
        Sign in
      </button>
    </form>
  );
}
