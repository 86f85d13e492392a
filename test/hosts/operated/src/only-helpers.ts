export const AppModule = 'a name alone';
export const cents = (euros: number) => euros * 100;
