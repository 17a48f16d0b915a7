using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.ResponseCompression;
using Orderly.Api.Problems;
using Orderly.Hosting;

namespace Orderly.Api;

/// <summary>Puts in what <see cref="HttpOptions"/> asks for.</summary>
internal static class HttpFeatures
{
    private static readonly TimeSpan s_preflightAge = TimeSpan.FromHours(1);

    public static void AddHttpFeatures(this IServiceCollection services)
    {
        services.AddCors().AddOptions<CorsOptions>().Configure<OrderlyOptions>((cors, options) => cors.AddDefaultPolicy(
            policy => policy.WithOrigins([.. options.Http.AllowedOrigins]).AllowAnyHeader().AllowAnyMethod()
                .WithExposedHeaders(HeaderNamesOfOrderly.ForScripts).SetPreflightMaxAge(s_preflightAge)));
        services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, Problem.ContentType];
        });
    }

    public static void UseHttpFeatures(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<OrderlyOptions>().Http;
        if (options.AllowedOrigins.Count > 0)
        {
            app.UseCors();
        }

        if (options.Compress)
        {
            app.UseResponseCompression();
        }
    }
}
