import { useState } from 'react';
import type { Settings } from '#protocol/contract/state.ts';
import { useAppState, useIsConnected } from '../../store/context.tsx';
import { useCommand } from '../../store/use-command.ts';

export type SettingName = keyof Settings;

export interface Setting<Name extends SettingName> {
  /** Main's value, or the owner's choice while it is on its way to main. */
  readonly value: Settings[Name];
  readonly failure: string | null;
  readonly disabled: boolean;
  readonly change: (value: Settings[Name]) => void;
}

/** One setting, saved at once. A refused choice falls back to main's value and leaves the reason in `failure`. */
export function useSetting<Name extends SettingName>(name: Name): Setting<Name> {
  const saved = useAppState((state) => state.settings[name]);
  const [choice, setChoice] = useState<{ readonly value: Settings[Name] } | null>(null);
  const { send, failure } = useCommand();
  const isConnected = useIsConnected();

  const change = async (value: Settings[Name]): Promise<void> => {
    const made = { value };
    setChoice(made);
    await send('settings.update', { [name]: value });
    // A slider is on its way to the next value before main has answered for this one.
    setChoice((newest) => (newest === made ? null : newest));
  };

  return {
    value: choice === null ? saved : choice.value,
    failure,
    disabled: !isConnected,
    change: (value) => void change(value),
  };
}
