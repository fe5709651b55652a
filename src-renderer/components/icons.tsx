import type { ReactNode } from 'react';

/** 20-unit grid, 1.5-unit round strokes, drawn for 1.25rem. Decorative: the words stand beside them. */
function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg
      width="1.25rem"
      height="1.25rem"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const HomeIcon = () => (
  <Icon>
    <path d="M3 9.2 10 3.5l7 5.7M5 8v7.5a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V8" />
    <path d="M8.25 16.5v-4h3.5v4" />
  </Icon>
);

export const ChipIcon = () => (
  <Icon>
    <rect x="5" y="5" width="10" height="10" rx="2" />
    <rect x="8" y="8" width="4" height="4" rx="0.75" />
    <path d="M8 5V2.5M12 5V2.5M8 17.5V15M12 17.5V15M5 8H2.5M5 12H2.5M17.5 8H15M17.5 12H15" />
  </Icon>
);

export const WalletIcon = () => (
  <Icon>
    <path d="M15 6.5V5a1.5 1.5 0 0 0-1.5-1.5h-8A2.5 2.5 0 0 0 3 6v8a2.5 2.5 0 0 0 2.5 2.5h10A1.5 1.5 0 0 0 17 15V8a1.5 1.5 0 0 0-1.5-1.5h-10" />
    <path d="M13.5 11.5h.01" strokeWidth="2" />
  </Icon>
);

export const SlidersIcon = () => (
  <Icon>
    <path d="M3 6.5h7.5M14.5 6.5H17M3 13.5h2.5M9.5 13.5H17" />
    <circle cx="12.5" cy="6.5" r="2" />
    <circle cx="7.5" cy="13.5" r="2" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M6.5 4.6v10.8a.6.6 0 0 0 .9.5l8.7-5.4a.6.6 0 0 0 0-1L7.4 4.1a.6.6 0 0 0-.9.5Z" fill="currentColor" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <rect x="5.5" y="4.5" width="3" height="11" rx="0.75" fill="currentColor" />
    <rect x="11.5" y="4.5" width="3" height="11" rx="0.75" fill="currentColor" />
  </Icon>
);

export const RefreshIcon = () => (
  <Icon>
    <path d="M16.5 10a6.5 6.5 0 1 1-2-4.7" />
    <path d="M16.5 3v3.2h-3.2" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="7" y="7" width="9.5" height="9.5" rx="2" />
    <path d="M13 7V5.5a2 2 0 0 0-2-2H5.5a2 2 0 0 0-2 2V11a2 2 0 0 0 2 2H7" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m4 10.5 4 4 8-9" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 9.5v4" />
    <path d="M10 6.7h.01" strokeWidth="2" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon>
    <path d="M8.8 3.9 2.7 14.6a1.4 1.4 0 0 0 1.2 2.1h12.2a1.4 1.4 0 0 0 1.2-2.1L11.2 3.9a1.4 1.4 0 0 0-2.4 0Z" />
    <path d="M10 8v3.5" />
    <path d="M10 14h.01" strokeWidth="2" />
  </Icon>
);

export const ErrorIcon = () => (
  <Icon>
    <path d="M7.1 3h5.8L17 7.1v5.8L12.9 17H7.1L3 12.9V7.1Z" />
    <path d="M10 6.5V11" />
    <path d="M10 13.6h.01" strokeWidth="2" />
  </Icon>
);

export const KeyIcon = () => (
  <Icon>
    <circle cx="7" cy="13" r="3.5" />
    <path d="m9.6 10.4 6.9-6.9M13.5 6.5 16 9" />
  </Icon>
);

export const VaultIcon = () => (
  <Icon>
    <path d="M10 2.8 16 5v4.6c0 3.6-2.4 6.3-6 7.6-3.6-1.3-6-4-6-7.6V5Z" />
    <path d="m7.5 9.9 1.8 1.8 3.3-3.6" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M5.5 14.5 14.5 5.5M7.5 5.5h7v7" />
  </Icon>
);

export const ReceiveIcon = () => (
  <Icon>
    <path d="M14.5 5.5 5.5 14.5M12.5 14.5h-7v-7" />
  </Icon>
);

export const StakeIcon = () => (
  <Icon>
    <path d="m10 3 7 3.5-7 3.5-7-3.5Z" />
    <path d="m3 10 7 3.5 7-3.5M3 13.5 10 17l7-3.5" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3.5v9M6.5 9 10 12.5 13.5 9M3.5 16.5h13" />
  </Icon>
);
