/** `0.4 s`, `42 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return '-';
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${pad(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `512 B`, `4.0 kB`, `83 MB`, `1.2 GB`; powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Bytes of `500kB`, `100MB`, `2GB`, `0`; undefined for anything else. */
export function readBytes(text: string): number | undefined {
  const [, number, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?$/i.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  const power = ['b', 'kb', 'mb', 'gb', 'tb'].indexOf(unit.toLowerCase());
  return Math.round(Number(number) * 1000 ** power);
}

/** Items a second, or a minute or an hour where that reads better; empty where nothing can be said. */
export function formatRate(done: number, milliseconds: number): string {
  if (done <= 0 || milliseconds <= 0) return '';
  const perSecond = done / (milliseconds / 1000);
  if (perSecond >= 1) return `${significant(perSecond)}/s`;
  if (perSecond * 60 >= 1) return `${significant(perSecond * 60)}/min`;
  return `${significant(perSecond * 3600)}/h`;
}

/** Milliseconds left at the mean rate so far; undefined until there is a rate. */
export function remainingTime(done: number, total: number, milliseconds: number): number | undefined {
  if (done <= 0 || total <= 0 || milliseconds <= 0) return undefined;
  return done >= total ? 0 : (milliseconds / done) * (total - done);
}

/** `12 s ago`, for listings. */
export function formatAge(then: number, now: number): string {
  return `${formatDuration(Math.max(0, Math.round((now - then) / 1000) * 1000))} ago`;
}

function significant(value: number): string {
  return value >= 9.95 ? String(Math.round(value)) : value.toFixed(1);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
