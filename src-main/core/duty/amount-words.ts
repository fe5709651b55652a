export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
export const minutes = (count: number): string => (count === 1 ? 'a minute' : `${count} minutes`);
