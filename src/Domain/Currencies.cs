using System.Collections.Frozen;
using System.Globalization;

namespace Orderly.Domain;

/// <summary>The currencies in use (ISO 4217, list one, without funds, metals and test codes), with the decimals that each has.</summary>
public static class Currencies
{
    /// <summary>The most decimals that a currency of the standard has.</summary>
    public const int MaxDecimals = 4;

    private static readonly FrozenDictionary<string, int> s_decimals = new[]
    {
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
        (2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
            + "CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
            + "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD "
            + "MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB "
            + "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD "
            + "UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
    }.SelectMany(one => one.Item2.Split(' '), (one, code) => KeyValuePair.Create(code, one.Item1))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a string is the alphabetic code of a currency, in upper case.</summary>
    public static bool IsKnown(string? code) => code is not null && s_decimals.ContainsKey(code);

    /// <summary>How many decimals an amount of the currency has at most; of an unknown one, <see cref="MaxDecimals"/>.</summary>
    public static int DecimalsOf(string? code) => code is null ? MaxDecimals : s_decimals.GetValueOrDefault(code, MaxDecimals);

    /// <summary>
    /// An amount as people read it, such as <c>1,234.50</c> of EUR and <c>1,235</c> of JPY. One with more decimals, which was recorded
    /// before they were bounded by currency, is shown with all of them, four at most.
    /// </summary>
    public static string Format(decimal amount, string currency) => amount.ToString(
        DecimalsOf(currency) switch
        {
            0 => "#,##0.####",
            3 => "#,##0.000#",
            _ => "#,##0.00##",
        },
        CultureInfo.InvariantCulture);
}
